"""Converts SQS messages to the records and events that a function gets (ES-01…04)."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.aws.identifiers import MAPPED_SOURCE
from emulator.aws.limits import PAYLOAD_BYTES
from emulator.queues import Message

_ENVELOPE_BYTES = len(b'{"Records":[]}')


def to_record(message: Message, *, queue_arn: str, region: str) -> dict[str, Any]:
    """Return the record of a received message; its body is unchanged (ES-04)."""
    record: dict[str, Any] = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _attribute(attribute) for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": MAPPED_SOURCE,
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }
    if message.get("MessageAttributes") and "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _attribute(attribute: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if "StringValue" in attribute:
        result["stringValue"] = attribute["StringValue"]
    if "BinaryValue" in attribute:
        result["binaryValue"] = base64.b64encode(attribute["BinaryValue"]).decode("ascii")
    return {**result, "stringListValues": [], "binaryListValues": [], "dataType": attribute["DataType"]}


def encode_record(record: Mapping[str, Any]) -> bytes:
    """Encode a record for the event."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def encode_event(records: Sequence[bytes]) -> bytes:
    """Return the event that contains these encoded records."""
    return b'{"Records":[' + b",".join(records) + b"]}"


def split_by_size(sizes: Sequence[int], *, limit: int = PAYLOAD_BYTES) -> Iterator[range]:
    """Split a batch, in order, so that each event has at most `limit` bytes (ES-11); one record always fits."""
    start, total = 0, _ENVELOPE_BYTES
    for index, size in enumerate(sizes):
        if index > start and total + size + 1 > limit:
            yield range(start, index)
            start, total = index, _ENVELOPE_BYTES
        total += size + 1
    if start < len(sizes):
        yield range(start, len(sizes))
