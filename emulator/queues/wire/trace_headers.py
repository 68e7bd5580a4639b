"""The header X-Amzn-Trace-Id of SendMessage and SendMessageBatch, which SQS stores with messages as AWSTraceHeader."""

from collections.abc import Mapping
from typing import Any

from emulator.queues.wire.sqs_operations import ENTRIES

SYSTEM_ATTRIBUTES, TRACE_HEADER = "MessageSystemAttributes", "AWSTraceHeader"
_DIGEST = "MD5OfMessageSystemAttributes"


def with_trace_header(parameters: Mapping[str, Any], header: str) -> Mapping[str, Any]:
    """Return the parameters with this trace header in each message that has none."""
    if ENTRIES in parameters:
        return {**parameters, ENTRIES: [with_trace_header(entry, header) for entry in parameters[ENTRIES]]}
    own = parameters.get(SYSTEM_ATTRIBUTES, {})
    return {**parameters, SYSTEM_ATTRIBUTES: {TRACE_HEADER: {"DataType": "String", "StringValue": header}, **own}}


def without_unsent_digest(result: Mapping[str, Any], parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Remove the digest of system attributes that the caller did not send: it cannot check this digest."""
    if ENTRIES not in parameters:
        return result if parameters.get(SYSTEM_ATTRIBUTES) else _without(result)
    sent = {entry["Id"] for entry in parameters[ENTRIES] if entry.get(SYSTEM_ATTRIBUTES)}
    done = [entry if entry["Id"] in sent else _without(entry) for entry in result.get("Successful", [])]
    return {**result, "Successful": done}


def _without(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != _DIGEST}
