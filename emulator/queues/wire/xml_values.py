"""Writes results as XML by the model. Each shape becomes a function once."""

import base64
import re
from collections.abc import Callable
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from emulator.queues.wire.query_names import name_of, names_in_map

Write = Callable[[Any], str]

#: the characters that must be escaped in XML, and those that XML cannot contain
_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: an XML parser turns a carriage return into a line break unless it is written as a character reference
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}
_UNKNOWN = "\ufffd"  #: replaces characters that XML cannot contain; only tags and refused values can have them


def xml_writer(shape: StructureShape) -> Write:
    """Return a function that writes the members of a structure of this shape."""
    writers = {name: _member(name, member) for name, member in shape.members.items()}

    def write(value: Any) -> str:
        return "".join([writers[name](member) for name, member in value.items() if member is not None])

    return write


def _member(name: str, shape: Shape) -> Write:
    """Return a function that writes a member with its tags. Lists and maps are flat: each item has these tags."""
    tag = name_of(name, shape)
    if isinstance(shape, MapShape):
        return _map(tag, shape)
    if isinstance(shape, ListShape):
        write_item = _member(tag, shape.member)
        return lambda value: "".join([write_item(item) for item in value])
    write_content = xml_writer(shape) if isinstance(shape, StructureShape) else _content(shape)
    return lambda value: f"<{tag}>{write_content(value)}</{tag}>"


def _map(tag: str, shape: MapShape) -> Write:
    key_tag, value_tag = names_in_map(shape)
    write_value = xml_writer(shape.value) if isinstance(shape.value, StructureShape) else _content(shape.value)

    def write(value: Any) -> str:
        return "".join(
            [
                f"<{tag}><{key_tag}>{escaped(key)}</{key_tag}><{value_tag}>{write_value(item)}</{value_tag}></{tag}>"
                for key, item in value.items()
            ]
        )

    return write


def _content(shape: Shape) -> Write:
    if shape.type_name == "blob":
        return lambda value: base64.b64encode(value).decode()
    if shape.type_name == "boolean":
        return lambda value: "true" if value else "false"
    return escaped if shape.type_name == "string" else str


def escaped(text: str) -> str:
    """Return a text escaped for XML."""
    return _SPECIAL.sub(lambda found: _ENTITIES.get(found[0], _UNKNOWN), text) if _SPECIAL.search(text) else text
