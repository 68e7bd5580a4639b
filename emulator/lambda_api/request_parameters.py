"""Reads an operation's parameters from a request's path, query, headers and JSON body (AWS's REST-JSON)."""

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import OperationModel, Shape, StructureShape

from emulator.json_text import read_json
from emulator.lambda_api.api_errors import ApiError, not_built
from emulator.lambda_api.requests import HttpRequest

#: AWS's name for an expected type, and the Python types for it
_NAMES = {
    "integer": "an Integer",
    "long": "a Long",
    "float": "a Float",
    "double": "a Double",
    "boolean": "a Boolean",
    "string": "a String",
    "blob": "a Blob",
}


def read_parameters(operation: OperationModel, labels: Mapping[str, str], request: HttpRequest) -> dict[str, Any]:
    """Return the parameters by name, converted to the model's types and without null values.

    `ApiError` if a value has the wrong type, and for a name in query or body that the model does not have, because it
    would be ignored.
    """
    shape = operation.input_shape
    members = shape.members if shape else {}
    found = {name: _from_text(member, labels[_wire_name(name, member)]) for name, member in _in("uri", members)}
    for name, member in _in("header", members):
        if _wire_name(name, member) in request.headers:
            found[name] = _from_text(member, request.headers[_wire_name(name, member)])
    return found | _query(operation, members, request) | _body(operation, members, request.body)


def _in(place: str, members: Mapping[str, Shape]) -> list[tuple[str, Shape]]:
    """Return the members with this location in the request."""
    return [(name, shape) for name, shape in members.items() if shape.serialization.get("location", "body") == place]


def _wire_name(name: str, shape: Shape) -> str:
    return str(shape.serialization.get("name", name))


def _query(operation: OperationModel, members: Mapping[str, Shape], request: HttpRequest) -> dict[str, Any]:
    known = {_wire_name(name, member): (name, member) for name, member in _in("querystring", members)}
    in_route = dict(parse_qsl(operation.http["requestUri"].partition("?")[2], keep_blank_values=True))
    found: dict[str, Any] = {}
    for wire_name, texts in request.query.items():
        if wire_name in known:
            name, member = known[wire_name]
            found[name] = list(texts) if member.type_name == "list" else _from_text(member, texts[0])
        elif wire_name not in in_route:
            raise not_built(f"{operation.name} with {wire_name}")
    return found


def _body(operation: OperationModel, members: Mapping[str, Shape], body: bytes) -> dict[str, Any]:
    """Return the parameters in the body: all members without another location, or the one that is the payload."""
    in_body = dict(_in("body", members))
    if not in_body or not body:
        return {}
    payload = operation.input_shape.serialization.get("payload")
    if payload and in_body[payload].type_name == "blob":
        return {payload: body}
    content = _json_object(body)
    if payload:
        return {payload: _convert(in_body[payload], content)}
    if unknown := sorted(set(content) - set(in_body)):
        raise not_built(f"{operation.name} with {unknown[0]}")
    return {name: _convert(in_body[name], value) for name, value in content.items() if value is not None}


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        content = read_json(body)
    except ValueError as error:
        raise ApiError(400, "InvalidRequestContentException", f"Could not parse request body: {error}") from error
    if not isinstance(content, dict):
        raise ApiError(400, "InvalidRequestContentException", "the request body must be a JSON object")
    return content


def _from_text(shape: Shape, text: str) -> Any:
    """Convert a value from a path, query or header."""
    if shape.type_name == "boolean" and text in ("true", "false"):
        return text == "true"
    if shape.type_name in ("integer", "long"):
        try:
            return int(text)
        except ValueError as error:
            raise _unreadable(shape, text) from error
    return text if shape.type_name == "timestamp" else _convert(shape, text)


def _convert(shape: Shape, value: Any) -> Any:
    """Check and convert a value from a JSON body."""
    kind = shape.type_name
    if kind in _CONTAINERS:
        type_, convert = _CONTAINERS[kind]
        if not isinstance(value, type_):
            raise _unreadable(shape, value)
        return convert(shape, value)
    if isinstance(value, bool):
        fits = kind == "boolean"
    elif isinstance(value, int | float):
        fits = kind in ("float", "double", "timestamp") or (kind in ("integer", "long") and isinstance(value, int))
    else:
        fits = isinstance(value, str) and kind in ("string", "blob", "timestamp")
    if not fits:
        raise _unreadable(shape, value)
    if kind in ("float", "double"):
        return float(value)
    return _decoded(shape, value) if kind == "blob" else value


def _structure(shape: StructureShape, value: dict[str, Any]) -> dict[str, Any]:
    members = shape.members
    return {k: _convert(members[k], v) if k in members else v for k, v in value.items() if v is not None}


def _list(shape: Any, value: list[Any]) -> list[Any]:
    return [None if item is None else _convert(shape.member, item) for item in value]


def _map(shape: Any, value: dict[str, Any]) -> dict[str, Any]:
    return {key: _convert(shape.value, item) for key, item in value.items() if item is not None}


_CONTAINERS: dict[str, tuple[type, Callable[[Any, Any], Any]]] = {
    "structure": (dict, _structure),
    "map": (dict, _map),
    "list": (list, _list),
}


def _decoded(shape: Shape, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise _unreadable(shape, text) from error


def _unreadable(shape: Shape, value: Any) -> ApiError:
    """Return the error for a value of the wrong type, with the message of AWS's JSON parser.

    The messages were recorded on Athena and SQS, which use the same parser; there is no recording from Lambda.
    """
    if isinstance(value, list):
        message = "Start of list found where not expected"
    elif isinstance(value, dict):
        message = "Start of structure or map found where not expected."
    elif shape.type_name == "list":
        message = "Expected list or null"
    elif shape.type_name in _CONTAINERS:
        message = "Expected null"
    else:
        found = str(value).upper() if isinstance(value, bool) else "STRING" if isinstance(value, str) else "NUMBER"
        message = f"{found}_VALUE can not be converted to {_NAMES.get(shape.type_name, shape.type_name)}"
    return ApiError(400, "SerializationException", message)
