"""Reads values of the JSON protocol by the model. Each shape becomes a function once, so that calls are fast."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from emulator.queues.embedded.errors import SqsError
from emulator.queues.wire.sqs_errors import SERIALIZATION

Read = Callable[[Any], Any]

_INTEGERS = {"integer": 31, "long": 63}  #: number of bits without the sign
#: AWS's names for the types of JSON values
_KINDS = {str: "STRING_VALUE", bool: "BOOLEAN_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}


def json_reader(shape: Shape) -> Read:
    """Return a function that reads a value of this shape with its members and items."""
    if isinstance(shape, StructureShape):
        return _structure(shape)
    if isinstance(shape, ListShape):
        return _list(json_reader(shape.member))
    if isinstance(shape, MapShape):
        return _map(json_reader(shape.value))
    if shape.type_name in _INTEGERS:
        return _integer(_INTEGERS[shape.type_name])
    return {"string": _string, "blob": _blob, "boolean": _boolean}[shape.type_name]


def _structure(shape: StructureShape) -> Read:
    readers = {name: json_reader(member) for name, member in shape.members.items()}

    def read(value: Any) -> dict[str, Any]:
        """Keep the members that the model knows; a null member is the same as a missing one."""
        if type(value) is not dict:
            raise _mismatch(value, "a structure")
        return {name: readers[name](member) for name, member in value.items() if member is not None and name in readers}

    return read


def _list(read_item: Read) -> Read:
    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise _mismatch(value, "a list")
        return [read_item(item) for item in value]

    return read


def _map(read_value: Read) -> Read:
    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise _mismatch(value, "a map")
        return {name: read_value(item) for name, item in value.items() if item is not None}

    return read


def _string(value: Any) -> str:
    if type(value) is not str:
        raise _mismatch(value, "a String")
    return value


def _integer(bits: int) -> Read:
    def read(value: Any) -> int:
        if type(value) is not int or value.bit_length() > bits:
            raise _mismatch(value, "an Integer" if bits < 32 else "a Long")
        return value

    return read


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise _mismatch(value, "a Boolean")
    return value


def _blob(value: Any) -> bytes:
    if type(value) is not str:
        raise _mismatch(value, "a Blob")
    return decode_blob(value)


def decode_blob(text: str) -> bytes:
    """Decode a base64 text."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SqsError(SERIALIZATION, "A Blob must be written in base64") from error


def _mismatch(value: Any, wanted: str) -> SqsError:
    found = _KINDS.get(type(value), "a list" if isinstance(value, list) else "a structure")
    return SqsError(SERIALIZATION, f"{found} can not be converted to {wanted}")
