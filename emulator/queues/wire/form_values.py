"""Reads parameters of the query protocol by the model: form fields (`Attribute.1.Name=…`) → tree → parameters."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import ListShape, MapShape, Shape, StructureShape

from emulator.queues.embedded.errors import SqsError, invalid_value
from emulator.queues.wire.json_values import decode_blob
from emulator.queues.wire.query_names import name_of, names_in_map
from emulator.queues.wire.sqs_errors import SERIALIZATION, missing

Tree = dict[str, Any]  #: the parts of field names between their dots → subtrees, or the fields' texts
Read = Callable[[Any, str], Any]  #: takes a tree or a text, and the field's name for error messages

FIELDS = 5_000  #: the most fields of one form; ten messages with ten attributes each have 311
PARTS = 12  #: of a name; SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringListValue.1 has seven
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


def form_tree(form: str) -> Tree:
    """Return a form's fields as a tree."""
    try:
        fields = parse_qsl(form, keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except ValueError as error:
        raise SqsError(SERIALIZATION, f"The form cannot be read: {error}") from error
    tree: Tree = {}
    for name, value in fields:
        *path, last = name.split(".", PARTS)
        node: Any = tree
        for part in path:
            node = node.setdefault(part, {})
            if type(node) is not dict:
                raise _twice(name)
        if type(node.get(last)) is dict:
            raise _twice(name)
        node[last] = value
    return tree


def form_reader(shape: Shape) -> Read:
    """Return a function that reads a value of this shape."""
    if isinstance(shape, StructureShape):
        return _structure(shape)
    if isinstance(shape, ListShape):
        return _list(form_reader(shape.member))
    if isinstance(shape, MapShape):
        return _map(shape)
    return {"string": _text, "blob": _blob, "boolean": _boolean, "integer": _integer, "long": _integer}[shape.type_name]


def _structure(shape: StructureShape) -> Read:
    # A list or map may have the form's name (Attribute.1) or the model's (Attributes.1).
    members = [(name, name_of(name, member), form_reader(member)) for name, member in shape.members.items()]

    def read(node: Any, path: str) -> dict[str, Any]:
        if type(node) is not dict:
            raise SqsError(SERIALIZATION, f"{path} is no single value: write {path}.Name")
        found = {}
        for member, name, read_member in members:
            value = node.get(name)
            if value is None:
                value = node.get(member)
            if value is not None:
                found[member] = read_member(value, f"{path}.{name}" if path else name)
        return found

    return read


def _list(read_item: Read) -> Read:
    def read(node: Any, path: str) -> list[Any]:
        if type(node) is not dict:
            return [read_item(node, path)]  # AttributeName=All, as in AWS's own samples
        return [read_item(item, item_path) for item, item_path in _items(node, path)]

    return read


def _map(shape: MapShape) -> Read:
    key_name, value_name = names_in_map(shape)
    read_value = form_reader(shape.value)

    def read(node: Any, path: str) -> dict[str, Any]:
        if type(node) is not dict:
            raise SqsError(SERIALIZATION, f"{path} is no single value: write {path}.1.{key_name}")
        # A single entry needs no number, as in Attribute.Name=…&Attribute.Value=…
        items = [(node, path)] if key_name in node else _items(node, path)
        found = {}
        for item, item_path in items:
            key = item.get(key_name) if type(item) is dict else None
            if key is None:
                raise missing(f"{item_path}.{key_name}")
            if (value := item.get(value_name)) is not None:
                found[_text(key, f"{item_path}.{key_name}")] = read_value(value, f"{item_path}.{value_name}")
        return found

    return read


def _items(node: Tree, path: str) -> Iterator[tuple[Any, str]]:
    """Yield the numbered items of a node in the order of their numbers, each with its name."""
    items = node["member"] if type(node.get("member")) is dict else node
    for number in items:
        if not (number.isascii() and number.isdecimal()):
            raise SqsError(SERIALIZATION, f"{path}.{number}: items are numbered, as in {path}.1")
    return ((items[number], f"{path}.{number}") for number in sorted(items, key=lambda digits: (len(digits), digits)))


def _text(node: Any, path: str) -> str:
    if type(node) is not str:
        raise SqsError(SERIALIZATION, f"{path} is a single value")
    return node


def _integer(node: Any, path: str) -> int:
    text = _text(node, path)
    if not _INTEGER.fullmatch(text):
        raise invalid_value(path, text, "Must be an integer.")
    return int(text)


def _boolean(node: Any, path: str) -> bool:
    text = _text(node, path).lower()
    if text not in ("true", "false"):
        raise invalid_value(path, text, "Must be true or false.")
    return text == "true"


def _blob(node: Any, path: str) -> bytes:
    return decode_blob(_text(node, path))


def _twice(name: str) -> SqsError:
    return SqsError(SERIALIZATION, f"{name} is given as a single value and as several")
