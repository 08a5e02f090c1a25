"""What Pointsman costs, beside nginx and beside nothing at all: ./dev bench overhead [--json].

One run on the loopback interface, everything in it measured against the same simulated upstream without delay:

  direct     the load generator asks the simulated upstream itself
  nginx      a keep-alive reverse proxy in between: one worker, keep-alive to the upstream, no access log, no buffering
             of answers
  pointsman  the gateway in between: one worker, every request classified, every request in the ledger
  metered    the same gateway with keys, budgets and limits: each request brings a key, whose owners are three levels deep
             with budgets in money and tokens and limits by the minute on each; the prompt is counted, its cost set aside
             and settled
  traced     the same gateway, which sends a trace of every request to an OpenTelemetry collector

CPU is what the proxy's process used, all threads, over a counted number of requests or of events. Each figure is the
median of interleaved rounds; its range stands beside it. The last line with --json is one object with everything and
with `targets`, which says what we demand of ourselves and whether it held.

What keys and traces add is a difference of microseconds between figures that vary by more than it from run to run,
and more when others use the machine. So it is measured in many short runs, of the plain gateway and of the others
straight after each other, in an order that changes; in each round the processes are others, since where the system
happens to put a program makes a difference of a microsecond, too. The figure is the median of the differences, with
the interval that holds the true median with 95 % whatever their distribution (order statistics; `intervals`). CPU is
the kernel's count of nanoseconds for each thread: that of the worker, which is on every request's way, stands apart
from those that write the ledger and send the traces. The same is done for keys with prompts that were never seen: a
counted prompt is remembered by its hash, so that in a conversation only new messages are counted, and the difference
shows what counting costs.
Metrics are always kept; bench/telemetry_bench has their price.
"""
import argparse
import itertools
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from shared.loopback import (BUILT, GENERATOR, PROGRAM, RESULTS, Figures, Processes, free_port, machine, print_targets,
                             say, wait_ready, write_config)

CLASSIFY = BUILT / "classify_bench"

PROXIES = ("nginx", "pointsman")
WAYS = ("direct", *PROXIES)
GATEWAYS = ("pointsman", "metered", "traced")
CHUNK_MS = 100
SETS = 36  # of short runs, one of each gateway, in each round
SHORT_REQUESTS = 500  # of each such run
THREADS = ("worker", "ledger", "traces")  # of the gateway, by their names
MARK = "##########"  # stands where each prompt that was never seen has a number of its own
# What keys, budgets and limits may add to a request, and what traces may.
MOST_ADDED_US = 3.0
ADDED = {"metered": "keys", "traced": "traces"}
OWNER = "acme/search/ci"
CATEGORIES = {"simple": {"models": ["sim-small"]}, "reasoning": {"models": ["sim-large"]}}

NGINX = """
worker_processes 1; master_process off; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log error;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; client_body_buffer_size 64k;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream model {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location /readyz {{ return 200; }}
    location / {{
      proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }}
  }}
}}
"""


def memory_kib(process, field="VmRSS"):
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


def metered():
    """A tree of owners in which everything is counted and nothing is ever refused."""
    limits = {"requests_per_minute": 100_000_000, "tokens_per_minute": 1_000_000_000_000, "concurrent": 100_000}
    budgets = [{"period": "day", "money": 1_000_000}, {"period": "month", "money": 9_000_000, "tokens": 10**12}]
    parts = OWNER.split("/")
    owners = {"/".join(parts[:depth]): {"budgets": budgets, "limits": limits} for depth in range(1, len(parts) + 1)}
    return {"access": {"keys": "required"}, "owners": owners}


class Servers(Processes):
    """The simulated upstream and the proxies in front of it."""

    def __init__(self, folder):
        super().__init__(folder)
        self.port = {way: free_port() for way in {*WAYS, *GATEWAYS}}
        self.starts_ms = []
        self.config = self.folder / "pointsman.yaml"
        (self.folder / "nginx.conf").write_text(
            NGINX.format(folder=folder, upstream=self.port["direct"], port=self.port["nginx"]))
        write_config(self.config, self.port["pointsman"], self.port["direct"], CATEGORIES, {})
        self.metered_config = self.folder / "metered.yaml"
        self.traced_config = self.folder / "traced.yaml"
        write_config(self.metered_config, self.port["metered"], self.port["direct"], CATEGORIES, {}, **metered())
        self.key = ""

    def start_metered(self):
        """The gateway with keys; makes the one key that its requests bring, which has limits of its own, too."""
        made = subprocess.run([PROGRAM, "keys", "create", "--name", "bench", "--owner", OWNER, "--budget", "month=1000000",
                               "--tokens-per-day", "1000000000000", "--rpm", "100000000", "--tpm", "1000000000000",
                               "--concurrent", "100000", "--quiet", "--config", self.metered_config],
                              capture_output=True, text=True)
        if made.returncode != 0:
            sys.exit(f"overhead: keys create: {made.stderr}")
        self.key = made.stdout.strip()
        self.serve("metered", self.port["metered"], self.metered_config)

    def start_gateway(self):
        began = time.monotonic()
        self.serve("pointsman", self.port["pointsman"], self.config)
        self.starts_ms.append((time.monotonic() - began) * 1000)

    def start_traced(self):
        sink = free_port()
        wait_ready(sink, self.launch("sink", sys.executable, Path(__file__).parent / "shared/trace_sink.py", sink))
        write_config(self.traced_config, self.port["traced"], self.port["direct"], CATEGORIES, {},
                     telemetry={"otlp": {"endpoint": f"http://127.0.0.1:{sink}"}})
        self.serve("traced", self.port["traced"], self.traced_config)

    def restart_gateways(self):
        for way, config in zip(GATEWAYS, (self.config, self.metered_config, self.traced_config), strict=True):
            self.stop(way)
            self.serve(way, self.port[way], config)

    def start(self, rounds):
        self.simulate("direct", self.port["direct"])
        wait_ready(self.port["nginx"], self.launch("nginx", "nginx", "-c", self.folder / "nginx.conf"))
        for again in range(rounds + 2):
            if again > 0:
                self.stop("pointsman")
            self.start_gateway()
        self.start_metered()
        self.start_traced()


class Load:
    """Runs the load generator against one way and returns what it counted."""

    def __init__(self, servers):
        self.servers = servers
        words = "Please look at the following notes of our meeting and tell me in one paragraph what was decided."
        text = (words + " ") * 9
        self.bodies = {}
        for stream in (False, True):
            body = {"messages": [{"role": "user", "content": text}]} | ({"stream": True} if stream else {})
            for model in ("sim-small", "auto"):
                path = servers.folder / f"{model}-{'stream' if stream else 'whole'}.json"
                path.write_text(json.dumps({"model": model} | body))
                self.bodies[model, stream] = path
        self.text = text
        self.runs = 0

    def fresh_body(self):
        """Of prompts that no run had before."""
        self.runs += 1
        path = self.servers.folder / "fresh.json"
        text = f"{self.runs:08} {MARK} {self.text}"[:len(self.text)]
        path.write_text(json.dumps({"model": "auto", "messages": [{"role": "user", "content": text}]}))
        return path

    def run(self, way, *options, stream=False, fresh=False):
        body = self.fresh_body() if fresh else self.bodies["auto" if way in GATEWAYS else "sim-small", stream]
        command = [GENERATOR, "--port", self.servers.port[way], "--body", body, *options]
        if fresh:
            command += ["--fresh", MARK]
        if way == "metered":
            command += ["--header", f"authorization: Bearer {self.servers.key}"]
        if way in self.servers.process and way != "direct":
            command += ["--watch", self.servers.process[way].pid]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"overhead: {way}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)


def measure_round(load, options, figures):
    saturate = ("--connections", 32, "--requests", options.requests, "--warm", options.requests // 10)
    paced = ("--connections", 64, "--requests", 2 * options.rate, "--warm", options.rate // 4, "--rate", options.rate)
    streams = ("--connections", options.streams, "--streams", 3, "--warm", 1.5,
               "--header", f"x-sim-chunk-ms: {CHUNK_MS}", "--header", "x-sim-tokens: 90")
    for way in WAYS:
        counted = load.run(way, *saturate)
        figures.add(f"{way}.requests_per_second", counted["requests"] / counted["seconds"])
        if way in PROXIES:
            figures.add(f"{way}.cpu_us_per_request", counted["cpu_us"] / counted["requests"])
    for way in WAYS:
        counted = load.run(way, *paced)
        figures.add(f"{way}.p50_us", counted["p50_us"])
        figures.add(f"{way}.p99_us", counted["p99_us"])
        if way in PROXIES:
            figures.add(f"{way}.cpu_us_per_request_paced", counted["cpu_us"] / counted["requests"])
    for way in PROXIES:
        counted = load.run(way, *streams, stream=True)
        figures.add(f"{way}.cpu_us_per_chunk", counted["cpu_us"] / counted["events"])
        figures.add(f"{way}.chunks_per_second", counted["events"] / counted["seconds"])


def measure_added(load, figures):
    """What keys and traces add to a request: differences to the plain gateway in each set of runs, by thread."""
    short = ("--connections", 32, "--requests", SHORT_REQUESTS, "--warm", 100)
    orders = {"known": list(itertools.permutations(GATEWAYS)), "fresh": [("pointsman", "metered"), ("metered", "pointsman")]}
    for number in range(SETS):
        for kind, choices in orders.items():
            used = {}
            for way in choices[number % len(choices)]:
                counted = load.run(way, *short, fresh=kind == "fresh")
                cpu = {name: counted["threads_us"].get(name, 0) for name in THREADS} | {"all": counted["cpu_us"]}
                used[way] = {name: micros / counted["requests"] for name, micros in cpu.items()}
            plain = used.pop("pointsman")
            for name, without in plain.items():
                figures.add(f"plain_{kind}_{name}_us", without)
                for way, with_it in used.items():
                    figures.add(f"{ADDED[way]}_added_{kind}_{name}_us", with_it[name] - without)


def interval_of_median(values):
    """Two of the values, between which the median of what they were drawn from lies with at least 95 %."""
    ordered = sorted(values)
    count = len(ordered)
    below, rank = 0.0, 0
    while rank < count // 2 and below + math.comb(count, rank) / 2**count <= 0.025:
        below += math.comb(count, rank) / 2**count
        rank += 1
    rank = max(rank - 1, 0)
    return [round(ordered[rank], 3), round(ordered[count - 1 - rank], 3)]


def derive(figures):
    """What follows from the figures of each round."""
    values = figures.values
    for name, top, bottom in (("request_ratio", "pointsman.cpu_us_per_request", "nginx.cpu_us_per_request"),
                              ("chunk_ratio", "pointsman.cpu_us_per_chunk", "nginx.cpu_us_per_chunk")):
        for over, under in zip(values[top], values[bottom], strict=True):
            figures.add(name, over / under)
    for way in PROXIES:
        for quantile in ("p50_us", "p99_us"):
            for with_it, without in zip(values[f"{way}.{quantile}"], values[f"direct.{quantile}"], strict=True):
                figures.add(f"{way}.added_{quantile}", with_it - without)


def measure_classification(figures, rounds):
    """CPU time of one 20-word prompt, in microseconds."""
    done = subprocess.run([CLASSIFY, "--benchmark_filter=classify_with_starter", "--benchmark_format=json",
                           f"--benchmark_repetitions={rounds}", "--benchmark_min_time=0.2"],
                          capture_output=True, text=True, check=True)
    for one in json.loads(done.stdout)["benchmarks"]:
        if one["run_type"] == "iteration":
            scale = {"ns": 1e-3, "us": 1, "ms": 1e3}[one["time_unit"]]
            figures.add("classify_20_words_us", one["cpu_time"] * scale)


def targets_of(figures):
    return [
        figures.at_most("CPU per request, of nginx's", "request_ratio", "x", 2.0),
        figures.at_most("CPU per streamed chunk, of nginx's", "chunk_ratio", "x", 1.5),
        figures.at_most("CPU that keys, budgets and limits add to a request, on its worker's thread",
                        "keys_added_known_worker_us", "us", MOST_ADDED_US),
        figures.at_most("CPU that a trace of every request adds to it, on its worker's thread",
                        "traces_added_known_worker_us", "us", MOST_ADDED_US),
        figures.at_most("resident memory, idle", "pointsman.idle_rss_mib", "MiB", 25),
        figures.at_most("start to ready", "pointsman.start_ms", "ms", 40),
        figures.at_most("classifying a 20-word prompt", "classify_20_words_us", "us", 30),
    ]


def nginx_version():
    return subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr.strip().rpartition(" ")[2]


def print_table(result):
    figures = result["figures"]
    about = result["machine"]
    say(f"\n{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}, nginx {about['nginx']}; load average "
        f"before: {about['load_average_before']}\nThe upstream is simulated, without delay. Medians of "
        f"{result['rounds']} rounds (lowest to highest).\n")
    rows = sorted({name.split(".", 1)[1] for name in figures if "." in name})
    say(f"{'':26}" + "".join(f"{way:>28}" for way in WAYS))
    for row in rows:
        cells = []
        for way in WAYS:
            one = figures.get(f"{way}.{row}")
            cells.append(f"{one['median']:.1f} ({one['min']:.1f}-{one['max']:.1f})" if one else "")
        say(f"{row:26}" + "".join(f"{cell:>28}" for cell in cells))
    for name in (name for name in figures if "." not in name):
        one = figures[name]
        interval = result["intervals"].get(name)
        between = f"; median between {interval[0]:.2f} and {interval[1]:.2f}" if interval else ""
        say(f"{name:30}{one['median']:.2f} ({one['min']:.2f}-{one['max']:.2f}{between})")
    say("")
    print_targets(result["targets"])


def measure(folder, options):
    figures = Figures()
    about = machine() | {"nginx": nginx_version()}
    servers = Servers(folder)
    try:
        servers.start(options.rounds)
        for value in servers.starts_ms:
            figures.add("pointsman.start_ms", value)
        time.sleep(1)
        for way in PROXIES:
            figures.add(f"{way}.idle_rss_mib", memory_kib(servers.process[way]) / 1024)
        figures.add("keys_idle_rss_mib", memory_kib(servers.process["metered"]) / 1024)
        load = Load(servers)
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}")
            if number > 0:
                servers.restart_gateways()
            measure_round(load, options, figures)
            measure_added(load, figures)
        for way in PROXIES:
            figures.add(f"{way}.most_rss_mib", memory_kib(servers.process[way], "VmHWM") / 1024)
        time.sleep(4)
        for way in PROXIES:
            figures.add(f"{way}.after_rss_mib", memory_kib(servers.process[way]) / 1024)
    finally:
        servers.stop_all()
    measure_classification(figures, max(3, options.rounds))
    derive(figures)
    return {"bench": "overhead", "rounds": options.rounds, "upstream": "simulated, no delay", "machine": about,
            "connections": 32, "requests": options.requests, "rate": options.rate, "streams": options.streams,
            "chunk_ms": CHUNK_MS, "figures": figures.as_json(), "targets": targets_of(figures),
            "intervals": {name: interval_of_median(values) for name, values in figures.values.items()
                          if "_added_" in name}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of standard output")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--requests", type=int, default=20_000, help="of each run at saturation")
    parser.add_argument("--rate", type=int, default=1000, help="requests per second of each paced run")
    parser.add_argument("--streams", type=int, default=300)
    options = parser.parse_args()
    for needed in (PROGRAM, GENERATOR, CLASSIFY):
        if not needed.exists():
            sys.exit(f"overhead: {needed} is missing: ./dev build")
    if shutil.which("nginx") is None:
        sys.exit("overhead: nginx is missing (Debian package nginx-light)")
    with tempfile.TemporaryDirectory(prefix="pointsman-overhead-") as folder:
        result = measure(folder, options)
    print_table(result)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "overhead.json").write_text(json.dumps(result, indent=1) + "\n")
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
