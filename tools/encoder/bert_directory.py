"""Writes the Hugging Face directory of a BERT whose weights lie in an ONNX graph.

An exporter keeps the names of all parameters but the matrices: these it transposes and numbers ("onnx::MatMul_1525").
Each is found again by the bias that is added to its product, so "encoder.layer.0.output.dense.bias" names the matrix
"encoder.layer.0.output.dense.weight". Sizes come from the shapes; what the graph does not say comes with `Published`.
"""
import array
import dataclasses
import json
import re

from onnx_file import read_model
from weights_file import write_weights

MAX_LAYERS = 128


@dataclasses.dataclass(frozen=True)
class Published:
    """What the model's authors say of it: config.json, the pooling, the prompts."""

    heads: int
    pooling: str  # "mean" or "cls"
    prompts: dict = dataclasses.field(default_factory=dict)
    default_prompt: str | None = None  # the one that goes before every text
    layer_norm_eps: float = 1e-12


def transposed(data, shape):
    rows, columns = shape
    values = array.array("f")
    values.frombytes(data)
    out = array.array("f")
    for column in range(columns):
        out.extend(values[column::columns])
    return out.tobytes()


def named_matrices(graph):
    """Name -> tensor of each matrix which the graph multiplies with and adds a named bias to."""
    products = {}
    for node in graph.nodes:
        if node.kind == "MatMul" and len(node.inputs) == 2 and len(node.outputs) == 1 and node.inputs[1] in graph.tensors:
            products[node.outputs[0]] = graph.tensors[node.inputs[1]]
    out = {}
    for node in graph.nodes:
        if node.kind != "Add" or len(node.inputs) != 2:
            continue
        for bias, product in (node.inputs, node.inputs[::-1]):
            if bias in graph.tensors and bias.endswith(".bias") and product in products:
                name = bias[:-len("bias")] + "weight"
                if name in out:
                    raise ValueError(f"two matrices have the bias '{bias}'")
                out[name] = products[product]
    return out


class Weights:
    """The tensors of a BERT by the names that config.json's readers expect, each with the shape that its place has."""

    def __init__(self, graph):
        self.graph, self.matrices, self.found = graph, named_matrices(graph), {}
        self.prefix = "bert." if "bert.embeddings.word_embeddings.weight" in graph.tensors else ""
        self.config = self.sizes()
        hidden, inside = self.config["hidden_size"], self.config["intermediate_size"]
        for table in ("word", "position", "token_type"):
            self.keep(f"embeddings.{table}_embeddings.weight")
        self.keep_norm("embeddings.LayerNorm", hidden)
        for layer in range(self.config["num_hidden_layers"]):
            at = f"encoder.layer.{layer}."
            for part in ("self.query", "self.key", "self.value", "output.dense"):
                self.keep_dense(f"{at}attention.{part}", hidden, hidden)
            self.keep_norm(at + "attention.output.LayerNorm", hidden)
            self.keep_dense(at + "intermediate.dense", inside, hidden)
            self.keep_dense(at + "output.dense", hidden, inside)
            self.keep_norm(at + "output.LayerNorm", hidden)

    def tensor(self, name, rank, shape=None):
        found = self.graph.tensors.get(self.prefix + name)
        if found is None:
            raise ValueError(f"the graph has no tensor '{self.prefix + name}'")
        return self.checked(found, name, rank, shape)

    @staticmethod
    def checked(found, name, rank, shape=None):
        if found.data is None:
            raise ValueError(f"'{name}' is not of floats: quantised models are not read")
        if len(found.shape) != rank or 0 in found.shape or (shape is not None and found.shape != shape):
            raise ValueError(f"'{name}' has the shape {found.shape}" + (f", not {shape}" if shape else ""))
        return found

    def sizes(self):
        layer = re.compile(re.escape(self.prefix) + r"encoder\.layer\.(\d+)\.")
        numbers = {int(match.group(1)) for match in map(layer.match, self.graph.tensors) if match}
        if numbers != set(range(len(numbers))) or not 0 < len(numbers) <= MAX_LAYERS:
            raise ValueError(f"the graph has {len(numbers)} layers, not numbered from 0 without a gap")
        words, hidden = self.tensor("embeddings.word_embeddings.weight", 2).shape
        tables = [self.tensor(f"embeddings.{table}_embeddings.weight", 2).shape for table in ("position", "token_type")]
        if any(table[1] != hidden for table in tables):
            raise ValueError("the tables of embeddings differ in width")
        return {"vocab_size": words, "hidden_size": hidden, "num_hidden_layers": len(numbers),
                "intermediate_size": self.tensor("encoder.layer.0.intermediate.dense.bias", 1).shape[0],
                "max_position_embeddings": tables[0][0], "type_vocab_size": tables[1][0]}

    def keep(self, name, shape=None):
        found = self.tensor(name, 2 if shape is None else len(shape), shape)
        self.found[name] = found.shape, found.data

    def keep_norm(self, at, width):
        self.keep(at + ".weight", (width,))
        self.keep(at + ".bias", (width,))

    def keep_dense(self, at, outputs, inputs):
        self.keep(at + ".bias", (outputs,))
        name = at + ".weight"
        found = self.matrices.get(self.prefix + name)
        if found is None:
            raise ValueError(f"no product of a matrix meets the bias '{self.prefix + at}.bias'")
        self.checked(found, name, 2, (inputs, outputs))
        self.found[name] = (outputs, inputs), transposed(found.data, found.shape)


def write_json(folder, name, value):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def write_modules(folder, hidden, pooling):
    """What sentence-transformers puts around a model that ends in vectors of length 1."""
    kinds = ("Transformer", "Pooling", "Normalize")
    write_json(folder, "modules.json", [
        {"idx": i, "name": str(i), "path": f"{i}_{kind}" if i else "", "type": f"sentence_transformers.models.{kind}"}
        for i, kind in enumerate(kinds)])
    write_json(folder, "1_Pooling/config.json", {
        "word_embedding_dimension": hidden, "pooling_mode_cls_token": pooling == "cls",
        "pooling_mode_mean_tokens": pooling == "mean", "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False})


def write_directory(folder, onnx, tokenizer, published):
    """`onnx` and `tokenizer`: the bytes of the graph and of tokenizer.json. A ValueError says what does not fit."""
    weights = Weights(read_model(onnx))
    config = weights.config
    if published.pooling not in ("mean", "cls") or config["hidden_size"] % published.heads:
        raise ValueError(f"{published} does not fit vectors of {config['hidden_size']} numbers")
    lowercase = (json.loads(tokenizer).get("normalizer") or {}).get("lowercase", True)
    write_json(folder, "config.json", {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu",
        "layer_norm_eps": published.layer_norm_eps, "num_attention_heads": published.heads, "pad_token_id": 0,
        "position_embedding_type": "absolute", **config})
    write_modules(folder, config["hidden_size"], published.pooling)
    longest = config["max_position_embeddings"]
    write_json(folder, "sentence_bert_config.json", {"max_seq_length": longest, "do_lower_case": False})
    write_json(folder, "config_sentence_transformers.json", {
        "prompts": published.prompts, "default_prompt_name": published.default_prompt})
    write_json(folder, "tokenizer_config.json", {
        "do_lower_case": lowercase, "model_max_length": longest, "tokenizer_class": "BertTokenizer",
        **{f"{token}_token": f"[{token.upper()}]" for token in ("pad", "unk", "cls", "sep", "mask")}})
    (folder / "tokenizer.json").write_bytes(tokenizer)
    write_weights(folder / "model.safetensors", weights.found)
