"""AWS JSON 1.0: a header names the operation; parameters and results are JSON objects."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from emulator.json_text import read_json
from emulator.queues.embedded.errors import SqsError
from emulator.queues.wire.sqs_errors import SERIALIZATION, UNKNOWN_OPERATION
from emulator.queues.wire.sqs_operations import TARGET_PREFIX, SqsOperation

CONTENT_TYPE_JSON = "application/x-amz-json-1.0"


def _blob(value: bytes) -> str:
    return base64.b64encode(value).decode()


_ENCODER = json.JSONEncoder(default=_blob, ensure_ascii=False)  # made once: each json.dumps would make one


def json_operation(operations: Mapping[str, SqsOperation], target: str) -> SqsOperation:
    """Return the operation that X-Amz-Target names."""
    operation = operations.get(target.removeprefix(TARGET_PREFIX))
    if operation is None or not target.startswith(TARGET_PREFIX):
        known = f"{TARGET_PREFIX}SendMessage"
        raise SqsError(
            UNKNOWN_OPERATION, f"{target or 'a request without X-Amz-Target'} is no operation, as {known} is"
        )
    return operation


def json_parameters(operation: SqsOperation, body: bytes) -> Mapping[str, Any]:
    """Return the parameters in a request's body."""
    try:
        content = read_json(body or b"{}")
    except ValueError as error:
        raise SqsError(SERIALIZATION, f"The body is no JSON text: {error}") from error
    return operation.check(operation.read_json(content))


def json_result(operation: SqsOperation, result: Mapping[str, Any]) -> bytes:
    """Return the body of the answer."""
    if operation.write_xml is None:
        return b""
    return _ENCODER.encode(result).encode("utf-8", "replace")
