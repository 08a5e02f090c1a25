"""Writes a safetensors file: the size of a JSON header, the header, then the elements
(https://github.com/huggingface/safetensors#format)."""
import json
import struct


def write_weights(path, tensors):
    """`tensors`: pairs of a name with a shape and little-endian floats of 32 bits, in any order."""
    header, at, ordered = {}, 0, sorted(tensors.items())
    for name, (shape, data) in ordered:
        size = memoryview(data).nbytes
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for _, (_, data) in ordered:
            out.write(data)
