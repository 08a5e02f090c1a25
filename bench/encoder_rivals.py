"""One sentence encoder on one core: Pointsman beside ONNX Runtime and sentence-transformers, in the same run.

    encoder_rivals.py [--model DIRECTORY] [--rounds N] [--json]

Without a model a random one of the shape of all-MiniLM-L6-v2 is made, which takes the same time. Everything is pinned to
one core and one thread, and all get the same tokens: 16, 32 and 128 of them. A figure is the median over rounds in
which everybody takes a turn, so that a busy machine is busy for all. What cannot be imported is named as skipped:
ONNX Runtime needs onnxruntime, and torch and transformers to export the model; sentence-transformers itself needs
torch. With --json the last line is one object, with `targets`: how many times as fast we are, and whether that is what
we demand of ourselves. Run by bench/encoder.py. The benchmark of Pointsman is build/release/bench/encoder_bench
(POINTSMAN_ENCODER_BENCH names another).
"""
import argparse
import importlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BENCH = pathlib.Path(os.environ.get("POINTSMAN_ENCODER_BENCH", HERE.parent / "build/release/bench/encoder_bench"))
RANDOM_MODEL = HERE.parent / "tools/encoder/random_model.py"
LENGTHS = (16, 32, 128)
TORCH = "torch (sentence-transformers)"
ONNX = "ONNX Runtime f32"
ONNX_I8 = "ONNX Runtime i8"
SHAPE = {"hidden": 384, "layers": 6, "heads": 12, "intermediate": 1536, "positions": 512}


def model_name(model):
    return pathlib.Path(model).resolve().name if model else "random weights"


def imported(skipped, what, *names):
    """Whether all of these can be imported; adds to `skipped` what cannot be measured, and why."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            skipped.append(f"{what}: {error}")
            return False
    return True


def seconds_of(call, least=0.25):
    """Median seconds of a call, repeated for a quarter of a second."""
    call()
    times, end = [], time.perf_counter() + least
    while time.perf_counter() < end:
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def tokens(length):
    import torch

    ids = torch.arange(length).remainder(60).add(5).unsqueeze(0)
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.zeros_like(ids)}


def load_torch(model):
    import torch
    from transformers import BertModel
    from transformers.utils import logging

    logging.set_verbosity_error()
    torch.set_num_threads(1)
    return BertModel.from_pretrained(model, add_pooling_layer=False, attn_implementation="sdpa").eval()


def torch_call(bert, length):
    """What sentence-transformers computes: the model, the mean, the length of 1."""
    import torch

    inputs = tokens(length)

    def call():
        with torch.inference_mode():
            return torch.nn.functional.normalize(bert(**inputs).last_hidden_state.mean(1), dim=1)
    return call


def export_onnx(bert, path):
    import torch

    class Outputs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = bert

        def forward(self, input_ids, attention_mask, token_type_ids):
            return self.bert(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]

    bert.set_attn_implementation("eager")
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(Outputs(), tuple(tokens(16).values()), path, input_names=names, output_names=["states"],
                      dynamic_axes={name: {0: "texts", 1: "tokens"} for name in [*names, "states"]}, dynamo=False,
                      opset_version=17)


def onnx_session(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def onnx_call(session, length):
    inputs = {name: value.numpy() for name, value in tokens(length).items()}
    return lambda: session.run(None, inputs)[0].mean(1)


def rivals(model, folder, skipped):
    """Name -> length -> something to call."""
    out = {}
    if not imported(skipped, "ONNX Runtime and torch", "torch", "transformers"):
        return out
    bert = load_torch(model)
    out[TORCH] = {n: torch_call(bert, n) for n in LENGTHS}
    if imported(skipped, "ONNX Runtime", "onnx", "onnxruntime"):
        path = str(folder / "model.onnx")
        export_onnx(load_torch(model), path)
        session = onnx_session(path)
        out[ONNX] = {n: onnx_call(session, n) for n in LENGTHS}
        from onnxruntime.quantization import quantize_dynamic
        quantised = str(folder / "model.i8.onnx")
        quantize_dynamic(path, quantised)
        eight = onnx_session(quantised)
        out[ONNX_I8] = {n: onnx_call(eight, n) for n in LENGTHS}
    return out


def ours(model, core):
    """(name, length) -> seconds, from the benchmark program: of this model, or of random weights."""
    command = [BENCH, f"--benchmark_filter=^{'real' if model else 'whole'}/avx", "--benchmark_format=json",
               "--benchmark_min_time=0.02", "--benchmark_repetitions=12", "--benchmark_report_aggregates_only=true"]
    environment = os.environ | ({"POINTSMAN_ENCODER": str(model)} if model else {})
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment,
                         preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    out = {}
    for row in json.loads(run.stdout)["benchmarks"]:
        if row["aggregate_name"] != "median":  # as for everybody else
            continue
        _, path, precision, length = row["run_name"].split("/")
        out[f"Pointsman {path} {precision}", int(length)] = row["real_time"] / 1000
    return out


def measure(model, rounds, core, skipped):
    """(name, length) -> seconds, one for each round."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        shape = model
        if not shape:
            shape = folder / "random"
            options = [f"--{name}={value}" for name, value in SHAPE.items()]
            subprocess.run([sys.executable, RANDOM_MODEL, shape, *options], check=True)
        others = rivals(shape, folder, skipped)
        figures = {}
        for _ in range(rounds):
            for name, calls in others.items():
                for length, call in calls.items():
                    figures.setdefault((name, length), []).append(seconds_of(call))
            for key, seconds in ours(model, core).items():
                figures.setdefault(key, []).append(seconds)
    return figures


def best(figures, length, reduced):
    """The name of our fastest in float, or in fewer bits; None if there is none."""
    names = {name for name, at in figures
             if at == length and name.startswith("Pointsman ") and name.endswith(" f32") != reduced}
    return min(names, key=lambda name: statistics.median(figures[name, length]), default=None)


def ratio(figures, length, rival, reduced, goal):
    """How many times as fast as this rival we are: the median over the rounds. A goal of 0: none is stated."""
    name = best(figures, length, reduced)
    if name is None or (rival, length) not in figures:
        return []
    own, theirs = figures[name, length], figures[rival, length]
    value = statistics.median(their / our for their, our in zip(theirs, own, strict=True))
    out = {"name": f"{length} tokens, {'fewer bits' if reduced else 'f32'}: times as fast as {rival}",
           "value": round(value, 3), "unit": "x",
           "note": f"{name}: {1000 * statistics.median(own):.2f} ms, {rival}: {1000 * statistics.median(theirs):.2f} ms"}
    return [out | {"goal": goal, "holds": value >= goal} if goal else out]


def targets_of(figures):
    out = []
    for length in LENGTHS:
        goals = length == 16
        out += ratio(figures, length, ONNX, False, 1.5 if goals else 0)
        out += ratio(figures, length, ONNX, True, 3 if goals else 0)
        out += ratio(figures, length, ONNX_I8, True, 0)
        out += ratio(figures, length, TORCH, False, 0)
    return out


def print_table(result):
    figures = result["median_seconds"]
    print(f"{'milliseconds, one core':32}" + "".join(f"{n:>8} tokens" for n in LENGTHS), file=sys.stderr)
    for name, of_length in figures.items():
        print(f"{name:32}" + "".join(f"{1000 * of_length[str(n)]:>15.3f}" for n in LENGTHS), file=sys.stderr)
    for one in result["targets"]:
        verdict = "" if "goal" not in one else "holds" if one["holds"] else "MISSED"
        goal = f" (at least {one['goal']})" if "goal" in one else ""
        print(f"{verdict:8}{one['name']}: {one['value']} {one['unit']}{goal}", file=sys.stderr)
    for why in result["missing"]:
        print(f"skipped: {why}", file=sys.stderr)


def run(arguments):
    if not BENCH.exists():
        return {"skipped": f"{BENCH} is not built (preset release)"}
    os.sched_setaffinity(0, {arguments.core})
    missing = []
    figures = measure(arguments.model, arguments.rounds, arguments.core, missing)
    seconds = {}
    for (name, length), values in figures.items():
        seconds.setdefault(name, {})[str(length)] = statistics.median(values)
    return {"bench": "encoder_rivals", "rounds": arguments.rounds, "model": model_name(arguments.model),
            "median_seconds": seconds, "missing": missing, "targets": targets_of(figures)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a Hugging Face directory; default: random weights")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line of standard output")
    arguments = parser.parse_args()
    result = run(arguments)
    if "skipped" in result:
        print(f"skipped: {result['skipped']}", file=sys.stderr)
    else:
        print_table(result)
    if arguments.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
