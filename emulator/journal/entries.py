"""What the journal keeps: steps of requests and messages, and lines of output."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from emulator.json_text import read_json

NAME_CHARACTERS = 256  #: of what an application calls its request


class Kind(Enum):
    """A step. Which fields and details an entry has besides is said behind each."""

    ACCEPTED = "accepted"  #: by a function URL; detail: method, path, bytes
    RESPONDED = "responded"  #: the URL's answer; detail: status, latency_ms, reason
    THROTTLED = "throttled"  #: the call was not made: above a limit, or waiting for itself; detail: reason
    INVOKED = "invoked"  #: environment; detail: waited_ms, waited_for (a cold start, or the limit)
    ENDED = "ended"  #: environment; detail: outcome, duration_ms, init_ms, init_inside, reason (durations.py)
    RECEIVED = "received"  #: message_id; detail: queue, sent_ms, receive_count, bytes
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
    name: str = ""  #: what the application calls the request, where this step told it
    detail: Mapping[str, object] = field(default_factory=dict)

    def number(self, name: str) -> float:
        """Return a detail as a number, 0 where it is missing."""
        value = self.detail.get(name)
        return float(value) if isinstance(value, int | float) else 0.0

    def text(self, name: str) -> str:
        """Return a detail as text, empty where it is missing."""
        return str(self.detail.get(name, ""))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log stream."""

    at_ms: float
    function: str
    stream: str
    request_id: str  #: Lambda's
    text: str
    is_error: bool = False
    name: str = ""  #: what the application calls the request, where the line is structured and says so
    trace_id: str = ""  #: with the next, what belongs to that name
    message_id: str = ""


def structured(text: str | bytes) -> Mapping[str, object]:
    """Return a JSON object's content; of anything else, nothing."""
    if text[:1] not in ("{", b"{"):
        return {}
    try:
        content = read_json(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def name_in(content: Mapping[str, object]) -> str:
    """Return what an application calls its request: by convention its own `request_id`, in whatever it says or gets."""
    name = content.get("request_id")
    return name[:NAME_CHARACTERS] if isinstance(name, str) else ""
