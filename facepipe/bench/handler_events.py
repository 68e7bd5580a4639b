"""The events that the functions get: a posted photo, and a batch of the messages that were sent."""

import hashlib
import time
from collections.abc import Sequence
from typing import Any

from emulator.aws.arns import Arns
from emulator.aws.identifiers import DEFAULT_REGION
from emulator.event_source.records import encode_event, encode_record, to_record
from emulator.function_url.event import Endpoint, Moment, Request, encode, to_event
from facepipe.bench.stub_server import SentMessage
from facepipe.client.photos import Frame
from services.contract import DetectionRequest

TRACE_HEADER = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0"


def photo_event(frame: Frame, request_id: str) -> bytes:
    """Return face-detection's event for a photo that a camera posts."""
    body = DetectionRequest(frame.content, request_id, frame.name).to_json().encode()
    headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
    request = Request("POST", "/", headers, body, "127.0.0.1")
    return encode(to_event(request, Endpoint("stub", DEFAULT_REGION), Moment(time.time(), request_id, TRACE_HEADER)))


def batch_event(messages: Sequence[SentMessage]) -> bytes:
    """Return face-recognition's event for a batch of messages."""
    arn = Arns().queue("stub")
    records = [to_record(_received(message), queue_arn=arn, region=DEFAULT_REGION) for message in messages]
    return encode_event([encode_record(record) for record in records])


def _received(message: SentMessage) -> dict[str, Any]:
    """Return a message as ReceiveMessage gives it."""
    now = str(int(time.time() * 1000))
    digest = hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest()
    return {
        "MessageId": "00000000-0000-0000-0000-000000000000",
        "ReceiptHandle": "stub",
        "Body": message.body,
        "MD5OfBody": digest,
        "Attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": now,
            "SenderId": "stub",
            "ApproximateFirstReceiveTimestamp": now,
            "AWSTraceHeader": message.trace_header,
        },
        "MessageAttributes": message.attributes,
    }
