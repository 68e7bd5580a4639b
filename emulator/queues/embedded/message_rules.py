"""Checks messages by the rules of SQS's service model: characters, attributes, sizes, group and deduplication ids."""

import re
import string
from collections.abc import Mapping
from typing import Any

from emulator.aws.limits import ATTRIBUTE_NAME_CHARACTERS, ID_CHARACTERS, MESSAGE_ATTRIBUTES
from emulator.aws.message_text import is_sendable
from emulator.queues.embedded.deduplication import content_based_id
from emulator.queues.embedded.errors import (
    INVALID_PARAMETER_VALUE,
    MISSING_PARAMETER,
    SqsError,
    invalid_parameters,
    invalid_value,
)
from emulator.queues.embedded.stored_message import Content

TRACE_HEADER = "AWSTraceHeader"
NOT_OF_THIS_TYPE = "The request include parameter that is not valid for this queue type."

_CHARACTERS = (
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD |"
    " #x10000 to #x10FFFF"
)
_ATTRIBUTE_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_RESERVED = ("aws.", "amazon.")
_TYPE = re.compile(r"(String|Number|Binary)(\..+)?", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_ID = frozenset(string.ascii_letters + string.digits + string.punctuation)


def read_content(parameters: Mapping[str, Any], *, content_based: bool) -> Content:
    """Return the message of a SendMessage, or of an entry of a SendMessageBatch. Raises `SqsError` if SQS refuses it.

    With content-based deduplication, a missing deduplication id is computed from the body.
    """
    body = parameters["MessageBody"]
    if not body:
        raise SqsError(MISSING_PARAMETER, "The request must contain the parameter MessageBody.")
    _check_characters(body)
    attributes = parameters.get("MessageAttributes") or {}
    if len(attributes) > MESSAGE_ATTRIBUTES:
        raise SqsError(
            INVALID_PARAMETER_VALUE,
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MESSAGE_ATTRIBUTES}].",
        )
    kept = {name: _read_attribute(name, attributes[name]) for name in attributes}
    return Content(
        body,
        attributes=kept,
        trace_header=_trace_header(parameters.get("MessageSystemAttributes") or {}),
        size_bytes=len(body.encode()) + sum(_size(name, attribute) for name, attribute in kept.items()),
        group=_read_id("MessageGroupId", parameters),
        deduplication_id=_read_id("MessageDeduplicationId", parameters)
        or (content_based_id(body) if content_based else ""),
    )


def check_size(content: Content, maximum_bytes: int) -> None:
    """Raise `SqsError` for a message that is larger than the queue's MaximumMessageSize."""
    if content.size_bytes > maximum_bytes:
        raise invalid_parameters(f"Message must be shorter than {maximum_bytes} bytes.")


def check_for_fifo(parameters: Mapping[str, Any], *, content_based: bool, missing: str = MISSING_PARAMETER) -> None:
    """Raise `SqsError` for a message that a FIFO queue refuses; `missing` is the error code if it has no group."""
    if parameters.get("DelaySeconds"):
        raise invalid_value("DelaySeconds", parameters["DelaySeconds"], NOT_OF_THIS_TYPE)
    if "MessageGroupId" not in parameters:
        raise SqsError(missing, "The request must contain the parameter MessageGroupId.")
    if "MessageDeduplicationId" not in parameters and not content_based:
        raise SqsError(
            INVALID_PARAMETER_VALUE,
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided"
            " explicitly",
        )


def check_for_standard(parameters: Mapping[str, Any]) -> None:
    """Raise `SqsError` for a message that only a FIFO queue accepts."""
    if "MessageDeduplicationId" in parameters:
        raise invalid_value("MessageDeduplicationId", parameters["MessageDeduplicationId"], NOT_OF_THIS_TYPE)


def is_id(text: str) -> bool:
    """Return whether a text is valid as a message group id, deduplication id or receive request attempt id."""
    return 0 < len(text) <= ID_CHARACTERS and _ID.issuperset(text)


def _read_id(name: str, parameters: Mapping[str, Any]) -> str:
    text = parameters.get(name)
    if text is None:
        return ""
    if not is_id(text):
        reason = f"{name} can only include alphanumeric and punctuation characters. 1 to {ID_CHARACTERS} in length."
        raise invalid_value(name, text, reason)
    return str(text)


def _check_characters(text: str) -> None:
    if not is_sendable(text):
        raise SqsError("InvalidMessageContents", _CHARACTERS)


def _read_attribute(name: str, attribute: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message attribute in the form in which it is kept."""
    _check_name(name)
    kind = str(attribute.get("DataType") or "")
    match = _TYPE.fullmatch(kind)
    if match is None or len(kind) > ATTRIBUTE_NAME_CHARACTERS:
        raise SqsError(
            INVALID_PARAMETER_VALUE,
            f"The type of message (user) attribute '{name}' is invalid. You must use only the following supported type"
            " prefixes: Binary, Number, String.",
        )
    if attribute.get("StringListValues") or attribute.get("BinaryListValues"):
        raise SqsError("UnsupportedOperation", "Message attribute list values in SendMessage are not supported.")
    member = "BinaryValue" if match[1] == "Binary" else "StringValue"
    value = attribute.get(member)
    if not value:
        raise SqsError(
            INVALID_PARAMETER_VALUE,
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{match[1]}'.",
        )
    if member == "StringValue":
        _check_characters(value)
    if match[1] == "Number" and not _NUMBER.fullmatch(value):
        raise SqsError(
            INVALID_PARAMETER_VALUE, f"Can't cast the value of message (user) attribute '{name}' to a number."
        )
    return {"DataType": kind, member: bytes(value) if member == "BinaryValue" else value}


def _check_name(name: str) -> None:
    taken = name.lower().startswith(_RESERVED)
    if taken or len(name) > ATTRIBUTE_NAME_CHARACTERS or not _ATTRIBUTE_NAME.fullmatch(name):
        raise SqsError(
            INVALID_PARAMETER_VALUE,
            f"Message (user) attribute name '{name}' is invalid: 1 to {ATTRIBUTE_NAME_CHARACTERS} letters, digits,"
            " '_', '-' and single '.' between them, not beginning with 'AWS.' or 'Amazon.'.",
        )


def _trace_header(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return AWSTraceHeader, the only system attribute that senders may give."""
    for name, attribute in attributes.items():
        if name != TRACE_HEADER:
            raise SqsError(INVALID_PARAMETER_VALUE, f"Message system attribute name '{name}' is invalid.")
        if attribute.get("DataType") != "String" or not attribute.get("StringValue"):
            raise SqsError(
                INVALID_PARAMETER_VALUE,
                f"Message system attribute '{name}' must contain a non-empty value of type 'String'.",
            )
        _check_characters(attribute["StringValue"])
        return str(attribute["StringValue"])
    return ""


def _size(name: str, attribute: Mapping[str, Any]) -> int:
    value = attribute["BinaryValue"] if "BinaryValue" in attribute else str(attribute["StringValue"]).encode()
    return len(name.encode()) + len(str(attribute["DataType"]).encode()) + len(value)
