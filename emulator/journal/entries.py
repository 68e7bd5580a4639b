"""What the journal keeps: steps of requests and messages, and lines of output."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """A step. Which fields and details an entry has besides is said behind each."""

    ACCEPTED = "accepted"  #: by a function URL; detail: method, path, bytes
    RESPONDED = "responded"  #: the URL's answer; detail: status, reason
    THROTTLED = "throttled"  #: above the function's reserved concurrency
    INVOKED = "invoked"  #: environment; detail: waited_ms
    ENDED = "ended"  #: environment; detail: outcome, duration_ms, init_ms, init_inside, reason
    RECEIVED = "received"  #: message_id; detail: queue, sent_ms, receive_count
    FILTERED = "filtered"  #: message_id; deleted because no filter matched; detail: queue
    BATCHED = "batched"  #: message_id, request_id: the invocation that got the message; detail: queue
    DELETED = "deleted"  #: message_id; detail: queue
    RETURNED = "returned"  #: message_id; comes back after its visibility timeout; detail: queue, reason
    DEAD_LETTERED = "dead-lettered"  #: message_id; it has been received for the last time; detail: queue, reason
    COLLECTED = "collected"  #: message_id; told by a client; detail: queue, sent_ms
    ENVIRONMENT_READY = "environment ready"  #: environment
    ENVIRONMENT_ENDED = "environment ended"  #: environment; detail: reason


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of one request or message, at a time in milliseconds since the epoch."""

    kind: Kind
    at_ms: float = field(default_factory=lambda: time.time() * 1000)
    function: str = ""
    request_id: str = ""  #: Lambda's, of one invocation
    trace_id: str = ""  #: the root of an X-Ray trace header
    message_id: str = ""
    environment: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log stream."""

    at_ms: float
    function: str
    stream: str
    request_id: str
    text: str
    is_error: bool = False


def trace_root(header: str) -> str:
    """Return the root id of an X-Ray trace header, empty when there is none: parent and sampling change on the way."""
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == "Root":
            return value
    return ""
