"""The journal's entries, which are steps of requests and messages, and its lines of output."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from emulator.json_text import read_json

SHORT_CHARACTERS, END_CHARACTERS = 4_000, 1_000  #: what is parsed whole; where names are looked for in what is longer
_NAMES = r'"request_id": ?"(?P<request_id>[^"\\]*)", ?"filename": ?"(?P<filename>[^"\\]*)"'
_FIRST, _LAST = re.compile(r"\{" + _NAMES + "[,}]"), re.compile(", ?" + _NAMES + r"\}$")
NAME_CHARACTERS = 256  #: kept of the application's request_id, and of the name of its file


class Kind(Enum):
    """The kind of a step. The comments name further fields and details of its entries."""

    ACCEPTED = "accepted"  #: a function URL received a request; detail: method, path, bytes, filename
    RESPONDED = "responded"  #: the function URL responded; detail: status, latency_ms, reason
    THROTTLED = "throttled"  #: the call was refused because of a limit or a deadlock; detail: reason
    INVOKED = "invoked"  #: environment; detail: waited_ms, waited_for (a cold start, or a busy environment)
    ENDED = "ended"  #: environment; detail: outcome, duration_ms, init_ms, init_inside, reason (durations.py)
    RECEIVED = "received"  #: message_id; detail: queue, sent_ms, receive_count, bytes, filename
    FILTERED = "filtered"  #: message_id; deleted because no filter matched; detail: queue
    BATCHED = "batched"  #: message_id, request_id: the invocation that got the message; detail: queue
    DELETED = "deleted"  #: message_id; detail: queue
    RETURNED = "returned"  #: message_id; becomes visible again at visible_ms; detail: queue, reason, visible_ms
    DEAD_LETTERED = "dead-lettered"  #: message_id; was received for the last time; detail: queue, reason
    COLLECTED = "collected"  #: message_id; a client reported it; detail: queue, sent_ms
    HELD = "held by a debugger"  #: environment; the call in it, if there is one, stands and its timeout too
    RELEASED = "released by a debugger"  #: environment; detail: held_ms
    ENVIRONMENT_READY = "environment ready"  #: environment
    ENVIRONMENT_ENDED = "environment ended"  #: environment; detail: reason


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of a request or message; `at_ms` in milliseconds since 1970."""

    kind: Kind
    at_ms: float = field(default_factory=lambda: time.time() * 1000)
    function: str = ""
    request_id: str = ""  #: Lambda's request id of an invocation
    trace_id: str = ""  #: the root of an X-Ray trace header
    message_id: str = ""
    environment: str = ""
    name: str = ""  #: the application's request_id, if this step knows it
    detail: Mapping[str, object] = field(default_factory=dict)

    def number(self, name: str) -> float:
        """Return a detail as a number; 0 if it is missing."""
        value = self.detail.get(name)
        return float(value) if isinstance(value, int | float) else 0.0

    def text(self, name: str) -> str:
        """Return a detail as a string; empty if it is missing."""
        return str(self.detail.get(name, ""))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a log stream."""

    at_ms: float
    function: str
    stream: str
    request_id: str  #: Lambda's request id
    text: str
    is_error: bool = False
    name: str = ""  #: the application's request_id, if the line is structured and has it
    trace_id: str = ""  #: trace and message that belong to that request_id
    message_id: str = ""


def structured(text: str | bytes) -> Mapping[str, object]:
    """Parse a JSON object; return an empty one for anything else."""
    if text[:1] not in ("{", b"{"):
        return {}
    try:
        content = read_json(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def message_labels(message: str | bytes) -> Mapping[str, object]:
    """Parse a request or message for `application_name` and `file_name`.

    A long one that begins or ends with both is not parsed: with a photo or its faces, that takes 0.2 ms each time.
    """
    if len(message) > SHORT_CHARACTERS and message[:1] in ("{", b"{"):
        head, tail = (end if isinstance(end, str) else end.decode("utf-8", "replace") for end in _ends(message))
        if found := _FIRST.match(head) or _LAST.search(tail):
            return found.groupdict()
    return structured(message)


def _ends(message: str | bytes) -> tuple[str | bytes, str | bytes]:
    return message[:END_CHARACTERS], message[-END_CHARACTERS:]


def application_name(content: Mapping[str, object]) -> str:
    """Return the application's `request_id` from a structured line or a message, empty if it has none."""
    name = content.get("request_id")
    return name[:NAME_CHARACTERS] if isinstance(name, str) else ""


def file_name(content: Mapping[str, object]) -> str:
    """Return the name of the file that a message is about, by the application's `filename`; empty if it has none."""
    name = content.get("filename")
    return name[:NAME_CHARACTERS] if isinstance(name, str) else ""
