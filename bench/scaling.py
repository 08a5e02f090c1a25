"""What many replicas need: ./dev bench scaling

    bench/scaling.py [--quick] [--json] [--out FILE]

  capacity  requests a second of one worker, from bench/results/overhead.json (./dev bench overhead measures it)
  entry     what one request leaves in the ledger: a gateway with one worker, simulated providers, the demonstration's
            prompts; bytes of the encoded record, of the database per entry, and written to the disk
  leases    one budget over 3, 30 and 300 replicas, simulated (scaling_model/leases.py): round trips, over-reservation, and
            refusals of what would have fitted, for sizes of slices and loads

Prints tables and writes FILE (bench/results/scaling.json; nothing with --quick, unless FILE is named). --quick is to see
that it runs, not to quote.
"""
import argparse
import json
import pathlib
import signal
import sqlite3
import sys
import tempfile

from scaling_model.leases import EMPTY_SECONDS, LEASE_SECONDS, REQUEST_SECONDS, WORST_OF, Setup, simulate, simulate_alone
from shared.loopback import BENCH, RESULTS, machine, say

sys.path.insert(0, str(BENCH.parent / "tools/dev"))
import replicas_demo  # noqa: E402

REPLICAS, SLICES, RATES = (3, 30, 300), (1, 10, 100, 1000), (100, 1000)


def capacity():
    """Of one worker: as overhead.json has it, with the machine it was measured on."""
    measured = json.loads((RESULTS / "overhead.json").read_text(encoding="utf-8"))
    figures = measured["figures"]
    names = ("pointsman.requests_per_second", "pointsman.cpu_us_per_request", "pointsman.cpu_us_per_request_paced",
             "pointsman.cpu_us_per_chunk", "pointsman.most_rss_mib")
    return {"machine": measured["machine"], "connections": measured["connections"],
            **{name.split(".")[1]: figures[name]["median"] for name in names}}


def written_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def record_bytes(folder):
    """Entries, and the sum of what their rows hold, by columns."""
    with sqlite3.connect(f"file:{folder}/ledger.sqlite?mode=ro", uri=True) as database:
        tables = {name for name, in database.execute("select name from sqlite_master where type = 'table'")}
        columns = [row[1] for row in database.execute("pragma table_info(entries)")]
        if "entries" not in tables or not columns:
            raise SystemExit(f"the ledger has no table of entries: {sorted(tables)}")
        sums = ", ".join(f"coalesce(sum(length({name})), 0)" for name in columns)
        count, *lengths = database.execute(f"select count(*), {sums} from entries").fetchone()
    return count, dict(zip(columns, lengths))


def entry(requests):
    """One gateway, from an empty ledger to a stopped one."""
    with tempfile.TemporaryDirectory(prefix="pointsman-scaling-") as place:
        folder = pathlib.Path(place)
        providers = replicas_demo.Providers(folder)
        replica = replicas_demo.Replica(1, folder, providers, {})
        try:
            replica.start()
            before = written_bytes(replica.child.process.pid)
            lines = replicas_demo.WORKLOAD.read_text(encoding="utf-8").splitlines()
            prompts = [json.loads(line)["text"] for line in lines if line][:requests]
            load = replicas_demo.Load(replica.port, prompts)
            for one in load.run():
                one.join()
            replicas_demo.wait_until(lambda: len(replica.entries()) >= len(prompts), "every entry is in the ledger")
            written = written_bytes(replica.child.process.pid) - before
        finally:
            replica.child.end(signal.SIGTERM)
            providers.child.end()
        count, columns = record_bytes(replica.folder / "ledger")
        database = sum(one.stat().st_size for one in (replica.folder / "ledger").glob("ledger.sqlite*"))
    return {"entries": count, "prompt_bytes": round(sum(len(one.encode()) for one in prompts) / len(prompts), 1),
            "row_bytes": round(sum(columns.values()) / count, 1), "database_bytes": round(database / count, 1),
            "written_bytes": round(written / count, 1),
            "columns": {name: round(size / count, 1) for name, size in columns.items() if size}}


def leases(quick):
    budget = 2_000 if quick else 20_000
    rates, replicas = (RATES[-1:], REPLICAS[:2]) if quick else (RATES, REPLICAS)
    setups = [Setup(many, slices, rate, budget) for rate in rates for many in replicas for slices in SLICES]
    setups += [Setup(30, 10, 1000, budget, skew=1.0), Setup(30, 10, 1000, budget, shrink=False),
               Setup(30, 100, 1000, budget, shrink=False), Setup(3, 100, 1000, budget, kill=True)]
    alone = {rate: simulate_alone(Setup(1, 1, rate, budget)) for rate in rates}
    rows = [{**row, "refused_more_percent": round(row["refused_percent"] - alone[row["per_second"]]["refused_percent"], 2)}
            for row in map(simulate, setups)]
    return {"budget_requests": budget, "request_seconds": REQUEST_SECONDS, "lease_seconds": LEASE_SECONDS,
            "empty_seconds": EMPTY_SECONDS, "worst_of": WORST_OF, "alone": alone, "rows": rows}


def table(report):
    """Of the simulation: names of columns, and rows."""
    head = ("replicas", "slice", "load/s", "", "trips/1000", "waited %", "idle %", "first refusal at %", "refused more %",
            "spent %")
    rows = []
    for one in report["leases"]["rows"]:
        note = "skewed" if one["skew"] else "" if one["shrink"] else "slices do not shrink"
        rows.append((one["replicas"], one["slice_requests"], one["per_second"], "one dies" if one["kill"] else note,
                     one["round_trips_per_1000"], one["waited_percent"], one["most_idle_percent"],
                     one["first_refusal_at_percent"], one["refused_more_percent"], one["spent_percent"]))
    return head, rows


def markdown(report):
    """The same as docs/scaling.md has it."""
    head, rows = table(report)
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def show(report):
    print("One worker (overhead.json): {requests_per_second:,.0f} requests/s, {cpu_us_per_request:.0f} us of CPU each, "
          "{cpu_us_per_chunk:.0f} us for a streamed chunk".format(**report["capacity"]))
    print("One entry: {row_bytes:.0f} bytes in its row, {database_bytes:.0f} of the database, {written_bytes:.0f} written to "
          "the disk ({entries} requests of {prompt_bytes:.0f} bytes)\n".format(**report["entry"]))
    first = ", ".join(f"{one['first_refusal_at_percent']} % at {rate}/s" for rate, one in report["leases"]["alone"].items())
    print(f"A budget of {report['leases']['budget_requests']:,} mean requests; at one replica alone, the first refusal comes "
          f"after {first}")
    head, rows = table(report)
    widths = [max(len(str(row[at])) for row in [head, *rows]) for at in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(str(cell).rjust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    report = {"bench": "scaling", "machine": machine(), "capacity": capacity()}
    say("entry: a gateway, simulated providers, and the demonstration's prompts")
    report["entry"] = entry(100 if arguments.quick else None)
    say("leases: simulated")
    report["leases"] = leases(arguments.quick)
    out = arguments.out or (None if arguments.quick else RESULTS / "scaling.json")
    if out:
        out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps(report))
    else:
        show(report)


if __name__ == "__main__":
    main()
