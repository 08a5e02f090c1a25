import array
import json
import pathlib
import struct
import sys
import unittest.mock

from tests.sample import SampleTest

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "encoder"
with unittest.mock.patch.object(sys, "path", [str(FOLDER), *sys.path]):
    import bert_directory
    import onnx_file

HIDDEN, INSIDE, PIECES = 4, 6, 5
TOKENIZER = b'{"normalizer": {"type": "BertNormalizer", "lowercase": true}}'
PUBLISHED = bert_directory.Published(heads=2, pooling="cls", prompts={"query": "find: "})


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def floats(count, first):
    return array.array("f", (first + i for i in range(count))).tobytes()


def tensor(name, shape, data, kind=1, place=9):
    """`place`: the field of the elements, raw or as a list."""
    return b"".join(field(1, n) for n in shape) + field(2, kind) + field(8, name) + field(place, data)


def node(kind, inputs, output, name):
    return b"".join(field(1, one) for one in inputs) + field(2, output) + field(3, name) + field(4, kind)


class Sample:
    """A BERT of one layer as an exporter writes it: matrices numbered and transposed, in no order."""

    def __init__(self):
        self.nodes, self.tensors, self.matrices = [], {}, {}
        self.plain("embeddings.word_embeddings.weight", PIECES, HIDDEN)
        self.plain("embeddings.position_embeddings.weight", 8, HIDDEN)
        self.plain("embeddings.token_type_embeddings.weight", 2, HIDDEN)
        self.norm("embeddings.LayerNorm")
        layer = "encoder.layer.0."
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            self.dense(f"{layer}attention.{part}", HIDDEN, HIDDEN)
        self.nodes.append(node("MatMul", ["queries", "keys"], "scores", "no weights"))
        self.norm(layer + "attention.output.LayerNorm")
        self.dense(layer + "intermediate.dense", INSIDE, HIDDEN)
        self.dense(layer + "output.dense", HIDDEN, INSIDE, bias_first=False)
        self.norm(layer + "output.LayerNorm")
        self.plain("pooler.dense.bias", HIDDEN)

    def plain(self, name, *shape):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        self.tensors[name] = tensor(name, shape, floats(count, len(self.tensors)))

    def norm(self, name):
        self.plain(name + ".weight", HIDDEN)
        self.plain(name + ".bias", HIDDEN)

    def dense(self, name, outputs, inputs, bias_first=True):
        self.plain(name + ".bias", outputs)
        number = f"onnx::MatMul_{1500 - len(self.tensors)}"
        first = 100 * len(self.tensors)
        self.tensors[number] = tensor(number, (inputs, outputs), floats(inputs * outputs, first))
        self.matrices[name + ".weight"] = number
        product = f"product of {number}"
        added = [name + ".bias", product]
        self.nodes.append(node("Add", added if bias_first else added[::-1], f"sum of {number}", ""))
        self.nodes.append(node("MatMul", ["states", number], product, ""))

    def bytes(self):
        graph = [field(1, one) for one in self.nodes] + [field(5, one) for one in self.tensors.values()]
        return field(1, 6) + field(2, "exporter") + field(7, b"".join(graph))


def stored(path):
    """Name -> shape and elements of a safetensors file."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    out = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        begin, end = entry["data_offsets"]
        out[name] = entry["shape"], list(array.array("f", data[8 + size + begin:8 + size + end]))
    return out


class BertDirectory(SampleTest):
    def convert(self, sample, published=PUBLISHED):
        bert_directory.write_directory(self.root, sample if isinstance(sample, bytes) else sample.bytes(), TOKENIZER,
                                       published)

    def refused(self, sample, words, published=PUBLISHED):
        with self.assertRaisesRegex(ValueError, words):
            self.convert(sample, published)

    def test_finds_matrices_by_their_bias_and_turns_them(self):
        sample = Sample()
        self.convert(sample)
        weights = stored(self.root / "model.safetensors")
        self.assertEqual(len(weights), 5 + 16)
        self.assertNotIn("pooler.dense.bias", weights)
        graph = onnx_file.read_model(sample.bytes())
        for name, number in sample.matrices.items():
            values = list(array.array("f", bytes(graph.tensors[number].data)))
            rows, columns = graph.tensors[number].shape
            self.assertEqual(weights[name], ([columns, rows], [values[r * columns + c] for c in range(columns)
                                                               for r in range(rows)]), name)
        self.assertEqual(weights["embeddings.LayerNorm.bias"], ([HIDDEN], [4, 5, 6, 7]))

    def test_takes_sizes_from_shapes_and_the_rest_from_what_is_published(self):
        self.convert(Sample())
        config = json.loads((self.root / "config.json").read_text())
        wanted = {"vocab_size": PIECES, "hidden_size": HIDDEN, "intermediate_size": INSIDE, "num_hidden_layers": 1,
                  "max_position_embeddings": 8, "type_vocab_size": 2, "num_attention_heads": 2, "layer_norm_eps": 1e-12}
        self.assertEqual({name: config[name] for name in wanted}, wanted)
        self.assertTrue(json.loads((self.root / "1_Pooling/config.json").read_text())["pooling_mode_cls_token"])
        prompts = json.loads((self.root / "config_sentence_transformers.json").read_text())
        self.assertEqual(prompts, {"prompts": {"query": "find: "}, "default_prompt_name": None})
        self.assertEqual((self.root / "tokenizer.json").read_bytes(), TOKENIZER)

    def test_reads_floats_that_are_a_list(self):
        sample, name = Sample(), "embeddings.LayerNorm.bias"
        sample.tensors[name] = tensor(name, (HIDDEN,), floats(HIDDEN, 9), place=4)
        self.convert(sample)
        self.assertEqual(stored(self.root / "model.safetensors")[name], ([HIDDEN], [9, 10, 11, 12]))

    def test_refuses_what_is_missing_or_of_another_shape(self):
        for name, shape, words in (("embeddings.LayerNorm.bias", (3,), "has the shape"),
                                   ("embeddings.position_embeddings.weight", (8, 3), "differ in width"),
                                   ("encoder.layer.2.output.dense.bias", (4,), "2 layers")):
            sample = Sample()
            sample.plain(name, *shape)
            self.refused(sample, words)
        sample = Sample()
        del sample.tensors["encoder.layer.0.output.dense.bias"]
        self.refused(sample, "no tensor 'encoder.layer.0.output.dense.bias'")
        sample = Sample()
        del sample.tensors[sample.matrices["encoder.layer.0.output.dense.weight"]]
        self.refused(sample, "meets the bias 'encoder.layer.0.output.dense.bias'")
        self.refused(Sample(), "does not fit", bert_directory.Published(heads=3, pooling="cls"))

    def test_refuses_quantised_and_external_weights(self):
        sample, name = Sample(), "embeddings.LayerNorm.bias"
        sample.tensors[name] = tensor(name, (HIDDEN,), b"1234", kind=3)
        self.refused(sample, "quantised")
        sample.tensors[name] += field(14, 1)
        self.refused(sample, "another file")

    def test_refuses_every_cut(self):
        whole = Sample().bytes()
        graph = len(field(1, 6) + field(2, "exporter"))
        for at in range(graph, len(whole)):
            with self.assertRaises(ValueError):
                self.convert(whole[:at])

    def test_a_damaged_file_is_refused_or_read_but_breaks_nothing(self):
        whole = Sample().bytes()
        refusals = 0
        for at in range(0, len(whole), 7):
            try:
                onnx_file.read_model(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1:])
            except ValueError:
                refusals += 1
        self.assertGreater(refusals, 0)
        for data, words in ((b"", "no graph"), (b"\xff" * 11, "more than 10 bytes"), (b"\x0b", "wire type 3"),
                            (b"\x00\x00", "number 0"), (field(7, 1), "wire type 0")):
            with self.assertRaisesRegex(ValueError, words):
                onnx_file.read_model(data)
