"""Reads the weights and the nodes of an ONNX model: protocol buffers by hand, with nothing but Python.

Field numbers are those of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3), the wire format that of
https://protobuf.dev/programming-guides/encoding. Only what a converter needs is looked at; every length is checked, and
what is not understood is a ValueError that says where.
"""
import dataclasses
import math

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MODEL_GRAPH = 7
GRAPH_NODE, GRAPH_INITIALIZER = 1, 5
NODE_INPUT, NODE_OUTPUT, NODE_NAME, NODE_KIND = 1, 2, 3, 4
TENSOR_SHAPE, TENSOR_TYPE, TENSOR_FLOATS, TENSOR_NAME, TENSOR_RAW, TENSOR_EXTERNAL, TENSOR_LOCATION = 1, 2, 4, 8, 9, 13, 14
FLOAT = 1  # TensorProto.DataType
MAX_DIMENSIONS = 8
MAX_ITEMS = 100_000  # nodes, or tensors


@dataclasses.dataclass
class Tensor:
    """`data`: little-endian elements, row after row. None if they are not floats of 32 bits."""

    name: str = ""
    shape: tuple = ()
    data: memoryview | None = None


@dataclasses.dataclass
class Node:
    name: str = ""
    kind: str = ""
    inputs: list = dataclasses.field(default_factory=list)
    outputs: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Graph:
    nodes: list = dataclasses.field(default_factory=list)
    tensors: dict = dataclasses.field(default_factory=dict)


def read_varint(data, at):
    """The number and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise ValueError("the file ends within a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (2 ** 64 - 1), at
    raise ValueError("a number has more than 10 bytes")


def fields(message):
    """Number, wire type and value of each field: an integer, or a view of the bytes."""
    at = 0
    while at < len(message):
        key, at = read_varint(message, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise ValueError("a field has the number 0")
        if wire == VARINT:
            value, at = read_varint(message, at)
            yield number, wire, value
            continue
        if wire == BYTES:
            size, at = read_varint(message, at)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise ValueError(f"field {number} has the wire type {wire}")
        if size > len(message) - at:
            raise ValueError(f"field {number} is longer than what holds it")
        yield number, wire, message[at:at + size]
        at += size


def expect(wire, wanted, what):
    if wire != wanted:
        raise ValueError(f"{what} has the wire type {wire}, not {wanted}")


def text(wire, value, what):
    expect(wire, BYTES, what)
    return bytes(value).decode("utf-8")


def sizes(wire, value):
    """Of a shape: one number, or several packed."""
    if wire == VARINT:
        return [value]
    expect(wire, BYTES, "a shape")
    out, at = [], 0
    while at < len(value) and len(out) <= MAX_DIMENSIONS:
        number, at = read_varint(value, at)
        out.append(number)
    return out


def read_tensor(message):
    out, shape, kind, raw, floats = Tensor(), [], None, None, None
    for number, wire, value in fields(message):
        if number == TENSOR_NAME:
            out.name = text(wire, value, "a tensor's name")
        elif number == TENSOR_SHAPE:
            shape += sizes(wire, value)
        elif number == TENSOR_TYPE:
            expect(wire, VARINT, "a tensor's type")
            kind = value
        elif number == TENSOR_RAW:
            expect(wire, BYTES, "a tensor's data")
            raw = value
        elif number == TENSOR_FLOATS:
            expect(wire, BYTES, "a tensor's list of floats")
            floats = value
        elif number == TENSOR_EXTERNAL or (number == TENSOR_LOCATION and value != 0):
            raise ValueError("a tensor lies in another file")
    if len(shape) > MAX_DIMENSIONS:
        raise ValueError(f"the tensor '{out.name}' has more than {MAX_DIMENSIONS} dimensions")
    out.shape = tuple(shape)
    if kind == FLOAT:
        out.data = next((data for data in (raw, floats) if data is not None), memoryview(b""))
        if len(out.data) != 4 * math.prod(shape):
            raise ValueError(f"the tensor '{out.name}' of shape {shape} has {len(out.data)} bytes")
    return out


def read_node(message):
    out = Node()
    for number, wire, value in fields(message):
        if number == NODE_INPUT:
            out.inputs.append(text(wire, value, "a node's input"))
        elif number == NODE_OUTPUT:
            out.outputs.append(text(wire, value, "a node's output"))
        elif number == NODE_NAME:
            out.name = text(wire, value, "a node's name")
        elif number == NODE_KIND:
            out.kind = text(wire, value, "a node's kind")
    return out


def read_graph(message):
    out = Graph()
    for number, wire, value in fields(message):
        if number not in (GRAPH_NODE, GRAPH_INITIALIZER):
            continue
        expect(wire, BYTES, "a part of the graph")
        if len(out.nodes) + len(out.tensors) >= MAX_ITEMS:
            raise ValueError(f"the graph has more than {MAX_ITEMS} nodes and tensors")
        if number == GRAPH_NODE:
            out.nodes.append(read_node(value))
            continue
        tensor = read_tensor(value)
        if tensor.name in out.tensors:
            raise ValueError(f"there are two tensors '{tensor.name}'")
        out.tensors[tensor.name] = tensor
    return out


def read_model(data):
    """The graph of an ONNX file's bytes, which must stay as long as it does."""
    found = None
    for number, wire, value in fields(memoryview(data)):
        if number != MODEL_GRAPH:
            continue
        if found is not None:
            raise ValueError("the file has two graphs")
        expect(wire, BYTES, "the graph")
        found = read_graph(value)
    if found is None:
        raise ValueError("the file has no graph: is it an ONNX model?")
    return found
