"""Reads the parameters of an operation out of a request: path, query, headers and JSON body (AWS's REST-JSON)."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import OperationModel, Shape, StructureShape

from emulator.json_text import read_json
from emulator.lambda_api.errors import ApiError
from emulator.lambda_api.requests import HttpRequest

#: how AWS calls what it expected, and what Python has for it
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
    """Return the parameters by their names in the model, converted to its types; `ApiError` if one cannot be.

    A parameter that is null is left out. What the model does not know is kept as it was sent, under its own name.
    """
    shape = operation.input_shape
    if shape is None:
        return dict(request.query)
    parameters = dict(_unknown_in_query(operation, shape, request))
    for name, member in shape.members.items():
        place = member.serialization.get("location", "body")
        wire_name = member.serialization.get("name", name)
        if place == "uri":
            parameters[name] = _from_text(member, labels[wire_name])
        elif place == "querystring" and wire_name in request.query:
            texts = request.query[wire_name]
            is_list = member.type_name == "list"
            parameters[name] = list(texts) if is_list else _from_text(member, texts[0])
        elif place == "header" and wire_name in request.headers:
            parameters[name] = _from_text(member, request.headers[wire_name])
    return parameters | _body(shape, request)


def _unknown_in_query(operation: OperationModel, shape: StructureShape, request: HttpRequest) -> Mapping[str, Any]:
    known = {member.serialization.get("name", name) for name, member in shape.members.items()}
    fixed = operation.http["requestUri"].partition("?")[2]
    return {name: texts[0] for name, texts in request.query.items() if name not in known and f"{name}=" not in fixed}


def _body(shape: StructureShape, request: HttpRequest) -> dict[str, Any]:
    """Return the parameters in the body: all that are in no other place, or the one that is the whole body."""
    payload = shape.serialization.get("payload")
    if payload:
        is_blob = shape.members[payload].type_name == "blob"
        content: Any = request.body if is_blob else _json_object(shape.members[payload], request.body)
        return {payload: content} if request.body else {}
    in_body = {name: member for name, member in shape.members.items() if "location" not in member.serialization}
    return _json_object(shape, request.body) if in_body and request.body else {}


def _json_object(shape: StructureShape, body: bytes) -> dict[str, Any]:
    try:
        content = read_json(body)
    except ValueError as error:
        raise ApiError(400, "InvalidRequestContentException", f"Could not parse request body: {error}") from error
    if not isinstance(content, dict):
        raise ApiError(400, "InvalidRequestContentException", "the request body must be a JSON object")
    return _structure(shape, content)


def _from_text(shape: Shape, text: str) -> Any:
    """Convert what stands in a path, a query or a header."""
    if shape.type_name == "boolean" and text in ("true", "false"):
        return text == "true"
    if shape.type_name in ("integer", "long"):
        try:
            return int(text)
        except ValueError as error:
            raise _unreadable(shape, text) from error
    return text if shape.type_name == "timestamp" else _convert(shape, text)


def _convert(shape: Shape, value: Any) -> Any:
    """Check and convert a value of a JSON body."""
    kind = shape.type_name
    if kind in _CONTAINERS:
        type_, convert = _CONTAINERS[kind]
        if not isinstance(value, type_):
            raise _unreadable(shape, value)
        return convert(shape, value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "integer": is_number and isinstance(value, int),
        "long": is_number and isinstance(value, int),
        "float": is_number,
        "double": is_number,
        "boolean": isinstance(value, bool),
        "timestamp": is_number or isinstance(value, str),
    }
    if not fits.get(kind, isinstance(value, str)):
        raise _unreadable(shape, value)
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
    """Return the error for a value of another type, in the words of AWS's reader of JSON.

    They were recorded on Athena and SQS, which read JSON by the same framework; of Lambda there is no recording.
    """
    if isinstance(value, list):
        words = "Start of list found where not expected"
    elif isinstance(value, dict):
        words = "Start of structure or map found where not expected."
    elif shape.type_name == "list":
        words = "Expected list or null"
    elif shape.type_name in _CONTAINERS:
        words = "Expected null"
    else:
        found = str(value).upper() if isinstance(value, bool) else "STRING" if isinstance(value, str) else "NUMBER"
        words = f"{found}_VALUE can not be converted to {_NAMES.get(shape.type_name, shape.type_name)}"
    return ApiError(400, "SerializationException", words)
