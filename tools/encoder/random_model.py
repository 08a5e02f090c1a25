"""Writes a small BERT-like model of random weights: config.json, vocab.txt, model.safetensors and what goes with them.

    random_model.py FOLDER [--hidden 48] [--layers 2] [--heads 4] [--intermediate 96] [--positions 128] [--seed 1]

Needs nothing but Python. The same arguments give the same bytes. Its vectors mean nothing; they are there to be computed.
"""

import argparse
import array
import json
import os
import random
import string
import sys

from weights_file import write_weights

WORDS = """how do i reset my password the a of to in is and for not when write code function list sort sum error python
weather time money card lost order train city tell me what why who where translate please hello thanks yes no""".split()


def vocabulary():
    letters = string.ascii_lowercase + string.digits
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *string.punctuation, *letters]
    return pieces + ["##" + letter for letter in letters] + [word for word in WORDS if len(word) > 1]


def shapes(arguments, pieces):
    """Name -> (shape, middle, spread) of every tensor."""
    hidden, inside = arguments.hidden, arguments.intermediate
    out = {}

    def matrix(name, outputs, inputs):
        out[name + ".weight"] = ((outputs, inputs), 0, 1.2 * inputs ** -0.5)
        out[name + ".bias"] = ((outputs,), 0, 0.2)

    def norm(name):
        out[name + ".weight"] = ((hidden,), 1, 0.3)
        out[name + ".bias"] = ((hidden,), 0, 0.2)

    for name, rows in (("word", len(pieces)), ("position", arguments.positions), ("token_type", 2)):
        out[f"embeddings.{name}_embeddings.weight"] = ((rows, hidden), 0, 1 if name == "word" else 0.3)
    norm("embeddings.LayerNorm")
    for layer in range(arguments.layers):
        base = f"encoder.layer.{layer}."
        for part in ("query", "key", "value"):
            matrix(f"{base}attention.self.{part}", hidden, hidden)
        matrix(base + "attention.output.dense", hidden, hidden)
        norm(base + "attention.output.LayerNorm")
        matrix(base + "intermediate.dense", inside, hidden)
        matrix(base + "output.dense", hidden, inside)
        norm(base + "output.LayerNorm")
    return out


def random_weights(tensors, seed):
    rng, out = random.Random(seed), {}
    for name, (shape, middle, spread) in sorted(tensors.items()):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        data = array.array("f", (middle + spread * rng.gauss(0, 1) for _ in range(count)))
        if sys.byteorder == "big":
            data.byteswap()
        out[name] = shape, data
    return out


def write_json(folder, name, value):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        json.dump(value, out, indent=2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    for name, default in (("hidden", 48), ("layers", 2), ("heads", 4), ("intermediate", 96), ("positions", 128), ("seed", 1)):
        parser.add_argument("--" + name, type=int, default=default)
    arguments = parser.parse_args()
    if arguments.hidden % arguments.heads:
        parser.error("--hidden must be a multiple of --heads")
    folder, pieces = arguments.folder, vocabulary()
    os.makedirs(folder, exist_ok=True)
    write_json(folder, "config.json", {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "layer_norm_eps": 1e-12,
        "position_embedding_type": "absolute", "vocab_size": len(pieces), "hidden_size": arguments.hidden,
        "num_hidden_layers": arguments.layers, "num_attention_heads": arguments.heads,
        "intermediate_size": arguments.intermediate, "max_position_embeddings": arguments.positions, "type_vocab_size": 2})
    write_json(folder, "modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}])
    write_json(folder, "1_Pooling/config.json", {
        "word_embedding_dimension": arguments.hidden, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True,
        "pooling_mode_max_tokens": False, "pooling_mode_mean_sqrt_len_tokens": False})
    write_json(folder, "sentence_bert_config.json", {"max_seq_length": arguments.positions, "do_lower_case": False})
    write_json(folder, "tokenizer_config.json", {"do_lower_case": True, "tokenizer_class": "BertTokenizer"})
    with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8") as out:
        out.write("".join(piece + "\n" for piece in pieces))
    write_weights(os.path.join(folder, "model.safetensors"), random_weights(shapes(arguments, pieces), arguments.seed))


if __name__ == "__main__":
    main()
