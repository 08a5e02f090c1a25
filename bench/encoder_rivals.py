"""One sentence encoder on one core: Pointsman beside ONNX Runtime and sentence-transformers, in the same run.

    encoder_rivals.py [--model DIRECTORY] [--rounds N] [--json]

Without a model a random one of the shape of all-MiniLM-L6-v2 is made, which takes the same time. Everything is pinned to
one core and one thread, and all get the same tokens: 16, 32 and 128 of them. A figure is the median over rounds in
which everybody takes a turn, so that a busy machine is busy for all. What cannot be imported is named as skipped:
ONNX Runtime needs onnxruntime, and torch and transformers to export the model; sentence-transformers itself needs
torch. The benchmark of Pointsman is build/release/bench/encoder_bench (POINTSMAN_ENCODER_BENCH names another).
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
SHAPE = {"hidden": 384, "layers": 6, "heads": 12, "intermediate": 1536, "positions": 512}


def imported(*names):
    """Whether all of these can be imported; says what cannot."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            print(f"skipped: {error}")
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


def rivals(model, folder):
    """Name -> length -> something to call."""
    out = {}
    if not imported("torch", "transformers"):
        return out
    bert = load_torch(model)
    out["torch (sentence-transformers)"] = {n: torch_call(bert, n) for n in LENGTHS}
    if imported("onnx", "onnxruntime"):
        path = str(folder / "model.onnx")
        export_onnx(load_torch(model), path)
        session = onnx_session(path)
        out["ONNX Runtime f32"] = {n: onnx_call(session, n) for n in LENGTHS}
        from onnxruntime.quantization import quantize_dynamic
        quantised = str(folder / "model.i8.onnx")
        quantize_dynamic(path, quantised)
        eight = onnx_session(quantised)
        out["ONNX Runtime i8"] = {n: onnx_call(eight, n) for n in LENGTHS}
    return out


def ours(core):
    """(precision, length) -> seconds, from the benchmark program."""
    command = [BENCH, "--benchmark_filter=^whole/avx", "--benchmark_format=json", "--benchmark_min_time=0.25"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    out = {}
    for row in json.loads(run.stdout)["benchmarks"]:
        _, path, precision, length = row["name"].split("/")
        out[f"Pointsman {path} {precision}", int(length)] = row["real_time"] / 1000
    return out


def measure(model, rounds, core):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if not model:
            model = folder / "random"
            options = [f"--{name}={value}" for name, value in SHAPE.items()]
            subprocess.run([sys.executable, RANDOM_MODEL, model, *options], check=True)
        others = rivals(model, folder)
        figures = {}
        for _ in range(rounds):
            for name, calls in others.items():
                for length, call in calls.items():
                    figures.setdefault((name, length), []).append(seconds_of(call))
            for key, seconds in ours(core).items():
                figures.setdefault(key, []).append(seconds)
    return {key: statistics.median(values) for key, values in figures.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a Hugging Face directory; default: random weights")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not BENCH.exists():
        print(f"skipped: {BENCH} is not built (preset release)")
        return
    os.sched_setaffinity(0, {arguments.core})
    figures = measure(arguments.model, arguments.rounds, arguments.core)
    print(f"{'milliseconds, one core':32}" + "".join(f"{n:>8} tokens" for n in LENGTHS))
    for name in dict.fromkeys(name for name, _ in figures):
        print(f"{name:32}" + "".join(f"{1000 * figures[name, n]:>15.3f}" for n in LENGTHS))
    if arguments.json:
        print(json.dumps({f"{name}/{n}": seconds for (name, n), seconds in figures.items()}))


if __name__ == "__main__":
    main()
