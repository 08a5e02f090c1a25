"""What Pointsman costs, beside nginx and beside nothing at all: ./dev bench overhead [--json].

One run on the loopback interface, everything in it measured against the same simulated upstream without delay:

  direct     the load generator asks the simulated upstream itself
  nginx      a keep-alive reverse proxy in between: one worker, keep-alive to the upstream, no access log, no buffering
             of answers
  pointsman  the gateway in between: one worker, every request classified, every request in the ledger

CPU is what the proxy's process used, all threads, over a counted number of requests or of events. Each figure is the
median of interleaved rounds; its range stands beside it. The last line with --json is one object with everything and
with `targets`, which says what we demand of ourselves and whether it held.
"""
import argparse
import contextlib
import json
import os
import pathlib
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = pathlib.Path(os.environ.get("POINTSMAN_BINARY", HERE.parent / "build/release/pointsman")).resolve()
BUILT = PROGRAM.parent
GENERATOR = BUILT / "bench/load_generator"
CLASSIFY = BUILT / "bench/classify_bench"

PROXIES = ("nginx", "pointsman")
WAYS = ("direct", *PROXIES)
CHUNK_MS = 100
ANSWER_TOKENS = 120  # about 1 KiB of answer

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

POINTSMAN = """
listen: 127.0.0.1:{port}
workers: 1
providers:
  sim: {{base_url: "http://127.0.0.1:{upstream}/v1", api_key: none, max_connections: 1024}}
models:
  sim-small: {{provider: sim, price: {{input: 0.1, output: 0.4}}}}
  sim-large: {{provider: sim, upstream: sim-small, price: {{input: 2.5, output: 10}}}}
categories:
  simple: {{models: [sim-small]}}
  reasoning: {{models: [sim-large]}}
router: {{fallback: [sim-large]}}
ledger: {{path: {folder}/ledger}}
log: {{level: warn}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def say(text):
    print(text, file=sys.stderr, flush=True)


def wait_ready(port, process, path="/readyz"):
    """Returns once the port answers GET `path` with 200."""
    ask = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n".encode()
    for _ in range(10_000):
        if process.poll() is not None:
            sys.exit(f"overhead: a server ended with {process.returncode}: {process.args}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as link:
            link.sendall(ask)
            if link.recv(64).startswith(b"HTTP/1.1 200"):
                return
        time.sleep(0.0005)
    sys.exit(f"overhead: nothing answered on port {port}: {process.args}")


def memory_kib(process, field="VmRSS"):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


class Servers:
    """The simulated upstream and the proxies in front of it; everything they write is in one temporary folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.log = open(self.folder / "servers.log", "wb")  # noqa: SIM115
        self.port = {way: free_port() for way in WAYS}
        self.process = {}
        self.starts_ms = []
        (self.folder / "nginx.conf").write_text(
            NGINX.format(folder=folder, upstream=self.port["direct"], port=self.port["nginx"]))
        (self.folder / "pointsman.yaml").write_text(
            POINTSMAN.format(folder=folder, upstream=self.port["direct"], port=self.port["pointsman"]))

    def launch(self, way, *command):
        self.process[way] = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        return self.process[way]

    def start_gateway(self):
        began = time.monotonic()
        process = self.launch("pointsman", PROGRAM, "serve", "--config", self.folder / "pointsman.yaml")
        wait_ready(self.port["pointsman"], process)
        self.starts_ms.append((time.monotonic() - began) * 1000)

    def start(self, rounds):
        upstream = self.launch("direct", PROGRAM, "simulate", "--port", str(self.port["direct"]), "--model",
                               "sim-small", "--answer-tokens", str(ANSWER_TOKENS))
        wait_ready(self.port["direct"], upstream, "/v1/models")
        wait_ready(self.port["nginx"], self.launch("nginx", "nginx", "-c", self.folder / "nginx.conf"))
        for again in range(rounds + 2):
            if again > 0:
                self.stop("pointsman")
            self.start_gateway()

    def stop(self, way):
        process = self.process.pop(way)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()

    def stop_all(self):
        for way in list(self.process):
            self.stop(way)
        self.log.close()


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

    def run(self, way, *options, stream=False):
        body = self.bodies["auto" if way == "pointsman" else "sim-small", stream]
        command = [GENERATOR, "--port", self.servers.port[way], "--body", body, *options]
        if way in PROXIES:
            command += ["--watch", self.servers.process[way].pid]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"overhead: {way}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)


class Figures:
    """Values by name, one for each round."""

    def __init__(self):
        self.values = {}

    def add(self, name, value):
        self.values.setdefault(name, []).append(value)

    def median(self, name):
        return statistics.median(self.values[name])

    def as_json(self):
        return {name: {"median": round(self.median(name), 3), "min": round(min(all_), 3), "max": round(max(all_), 3),
                       "rounds": len(all_)} for name, all_ in self.values.items()}


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
    def target(name, figure, unit, goal):
        value = figures.median(figure)
        return {"name": name, "value": round(value, 3), "unit": unit, "goal": goal, "holds": value <= goal}

    return [
        target("CPU per request, of nginx's", "request_ratio", "x", 2.0),
        target("CPU per streamed chunk, of nginx's", "chunk_ratio", "x", 1.5),
        target("resident memory, idle", "pointsman.idle_rss_mib", "MiB", 25),
        target("start to ready", "pointsman.start_ms", "ms", 300),
        target("classifying a 20-word prompt", "classify_20_words_us", "us", 30),
    ]


def machine():
    cpu = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    nginx = subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr.strip().rpartition(" ")[2]
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": platform.release(), "nginx": nginx,
            "load_average_before": round(os.getloadavg()[0], 2)}


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
        say(f"{name:26}{one['median']:.2f} ({one['min']:.2f}-{one['max']:.2f})")
    say("")
    for one in result["targets"]:
        say(f"{'holds' if one['holds'] else 'MISSED':8}{one['name']}: {one['value']} {one['unit']} "
            f"(at most {one['goal']})")


def measure(folder, options):
    figures = Figures()
    about = machine()
    servers = Servers(folder)
    try:
        servers.start(options.rounds)
        for value in servers.starts_ms:
            figures.add("pointsman.start_ms", value)
        time.sleep(1)
        for way in PROXIES:
            figures.add(f"{way}.idle_rss_mib", memory_kib(servers.process[way]) / 1024)
        load = Load(servers)
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}")
            measure_round(load, options, figures)
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
            "chunk_ms": CHUNK_MS, "figures": figures.as_json(), "targets": targets_of(figures)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of standard output")
    parser.add_argument("--rounds", type=int, default=5)
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
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / "overhead.json").write_text(json.dumps(result, indent=1) + "\n")
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
