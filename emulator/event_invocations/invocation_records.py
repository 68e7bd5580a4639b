"""Writes the invocation record of an event that has ended, and the attributes of its dead letter (RT-08)."""

import json
from collections.abc import Mapping
from typing import Any

from emulator.aws.arns import Arns
from emulator.aws.error_types import FUNCTION_ERROR, RATE_EXCEEDED, ZERO_CONCURRENCY
from emulator.aws.identifiers import LATEST, timestamp
from emulator.aws.message_text import sendable
from emulator.event_invocations.accepted_event import CALLED, THROTTLED
from emulator.event_invocations.next_step import Condition, EventEnd
from emulator.json_text import read_json

DEAD_LETTER_REASON_CHARACTERS = 1_000  #: Lambda sends the first kilobyte of a failure's message


def record(ended: EventEnd, arns: Arns, now: float) -> dict[str, Any]:
    """Return the record for a destination (Lambda developer guide, invocation records)."""
    event = ended.event
    content: dict[str, Any] = {
        "version": "1.0",
        "timestamp": timestamp(now),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": arns.function(event.function, event.qualifier or LATEST),
            "condition": ended.condition.value,
            "approximateInvokeCount": event.calls,
        },
        "requestPayload": _content(event.payload),
    }
    if event.last is None or ended.condition is Condition.ZERO_RESERVED_CONCURRENCY:
        return content
    context: dict[str, Any] = {"statusCode": event.last.status}
    content["responseContext"] = context
    if event.last.status == CALLED:
        context["executedVersion"] = event.last.version
        if event.last.failed:
            context["functionError"] = FUNCTION_ERROR
        content["responsePayload"] = _content(event.last.payload)
    return content


def dead_letter_attributes(ended: EventEnd) -> dict[str, Any]:
    """Return the attributes with which Lambda sends an event to a dead-letter queue (guide, dead-letter queues).

    The guide has three of them, and so has a recording. An event that was never tried has no error code [MEM].
    """
    event, last = ended.event, ended.event.last
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": event.request_id},
        "ErrorMessage": {"DataType": "String", "StringValue": _reason(ended)},
    }
    if last and ended.condition is not Condition.ZERO_RESERVED_CONCURRENCY:
        attributes["ErrorCode"] = {"DataType": "Number", "StringValue": str(last.status)}
    return attributes


def _reason(ended: EventEnd) -> str:
    """Return why an event failed, as SQS takes it: short, never empty, and without characters that it refuses."""
    return sendable(_whole_reason(ended)[:DEAD_LETTER_REASON_CHARACTERS])


def _whole_reason(ended: EventEnd) -> str:
    last = ended.event.last
    if ended.condition is Condition.ZERO_RESERVED_CONCURRENCY:
        return ZERO_CONCURRENCY
    if last is None:
        return str(ended.condition.value)
    if last.status == THROTTLED:
        return RATE_EXCEEDED
    said = _content(last.payload)
    message = said.get("errorMessage") if isinstance(said, dict) else None
    return str(message or last.reason or ended.condition.value)


def _content(payload: str) -> Any:
    """Parse a payload; text that is not JSON is returned as it is."""
    try:
        return read_json(payload)
    except ValueError:
        return payload


def as_text(content: Mapping[str, Any]) -> str:
    """Return a record as the text of a message or event."""
    return json.dumps(content, separators=(",", ":"))
