"""Takes the constants out of a frozen TensorFlow graph, without TensorFlow.

A `GraphDef` is a protobuf message; of its schema (tensorflow/core/framework: graph.proto, node_def.proto,
attr_value.proto, tensor.proto) we need a handful of fields, and of protobuf's encoding three wire types.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

GRAPH_NODE = 1
NODE_NAME, NODE_OP, NODE_ATTRIBUTE = 1, 2, 5
MAP_KEY, MAP_VALUE = 1, 2
ATTRIBUTE_TENSOR = 8
TENSOR_DTYPE, TENSOR_SHAPE, TENSOR_CONTENT = 1, 2, 4
SHAPE_DIMENSION, DIMENSION_SIZE = 2, 1
FLOAT32 = 1


class FrozenGraphError(ValueError):
    """The file is no frozen graph."""


def read_constants(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return every float32 constant that holds an array, by its node's name, in TensorFlow's layout (HWIO)."""
    try:
        nodes = (_node(value) for field, value in _fields(memoryview(path.read_bytes())) if field == GRAPH_NODE)
        return {name: array for name, array in nodes if array is not None}
    except (IndexError, ValueError, UnicodeDecodeError, TypeError) as error:
        raise FrozenGraphError(f"{path.name} is damaged, or no frozen TensorFlow graph ({error})") from error


def _node(message: memoryview) -> tuple[str, NDArray[np.float32] | None]:
    name, operation, array = "", "", None
    for field, value in _fields(message):
        if field == NODE_NAME:
            name = bytes(value).decode()
        elif field == NODE_OP:
            operation = bytes(value).decode()
        elif field == NODE_ATTRIBUTE:
            entry = dict(_fields(value))
            if bytes(entry[MAP_KEY]) == b"value":
                array = _tensor(dict(_fields(entry[MAP_VALUE])).get(ATTRIBUTE_TENSOR, memoryview(b"")))
    return name, array if operation == "Const" else None


def _tensor(message: memoryview) -> NDArray[np.float32] | None:
    fields = dict(_fields(message))
    if fields.get(TENSOR_DTYPE) != FLOAT32 or TENSOR_CONTENT not in fields:
        return None  # axes, shapes, and scalars, which the architecture knows by itself
    dimensions = (value for field, value in _fields(fields[TENSOR_SHAPE]) if field == SHAPE_DIMENSION)
    shape = [dict(_fields(dimension)).get(DIMENSION_SIZE, 0) for dimension in dimensions]
    return np.frombuffer(fields[TENSOR_CONTENT], "<f4").reshape(shape)


def _fields(message: memoryview) -> Iterator[tuple[int, Any]]:
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        field, wire_type = key >> 3, key & 7
        if wire_type == 0:
            value: int | memoryview
            value, position = _varint(message, position)
            yield field, value
            continue
        if wire_type == 2:
            length, position = _varint(message, position)
        elif wire_type in (1, 5):
            length = 8 if wire_type == 1 else 4
        else:
            raise ValueError(f"wire type {wire_type}")
        if position + length > len(message):
            raise ValueError("cut off")
        yield field, message[position : position + length]
        position += length


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
