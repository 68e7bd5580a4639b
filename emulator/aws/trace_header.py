"""X-Ray's trace header, `Root=…;Parent=…;Lineage=…`, which travels from a URL through functions and queues."""

import hashlib
import re
import secrets
import time
from collections.abc import Sequence

LINEAGE, PARENT = "Lineage", "Parent"
MAXIMUM_CHARACTERS = 8_000  #: roughly the longest header that an HTTP server accepts
_VISIBLE = re.compile(r"[\x20-\x7e]+")


def new_trace_id() -> str:
    """Return the header of a new trace."""
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def trace_root(header: str) -> str:
    """Return a header's root id, or an empty text. The root stays the same while parent and sampling change."""
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == "Root":
            return value
    return ""


def is_sampled(header: str) -> bool:
    """Return whether a trace header says that the trace is recorded."""
    return any(part.strip() == "Sampled=1" for part in header.split(";"))


def segment_id(request_id: str) -> str:
    """Return an invocation's segment id; calls that the function makes carry it as their `Parent`."""
    return hashlib.sha256(request_id.encode()).hexdigest()[:16]


def parent_segment_id(header: str) -> str:
    """Return the segment id in a header's `Parent`, or an empty text."""
    parts = (part.strip().partition("=") for part in header.split(";"))
    return next((value for name, _, value in parts if name == PARENT), "")


def header_inside_invocation(header: str, request_id: str) -> str:
    """Return the header that a function sees during an invocation: its segment is the parent (RT-01)."""
    root, *others = (header or f"{new_trace_id()};Sampled=0").split(";")
    rest = [part for part in others if not part.strip().startswith(f"{PARENT}=")]
    return ";".join([root, f"{PARENT}={segment_id(request_id)}", *rest])


def usable_header(header: str) -> str:
    """Return the parts of a header that can be sent over HTTP; a well-formed header stays as it is.

    Senders of messages and requests can write anything into the header. Parts with control characters or non-ASCII
    characters are dropped, and so is a header that is too long. If no `Root` remains, a new trace begins.
    """
    if len(header) > MAXIMUM_CHARACTERS:
        return ""
    parts = (part.strip() for part in header.split(";"))
    return ";".join(part for part in parts if _VISIBLE.fullmatch(part))


def lineage_count(header: str, function: str) -> int:
    """Count how often this function appears in the trace header's lineage (ES-47)."""
    return _lineage(header).get(_identity(function), 0)


def invocation_header(headers: Sequence[str], function: str) -> str:
    """Return an invocation's header: the trace of its messages, with this function's lineage count raised by one.

    The result is usable if all `headers` are.

    A batch whose messages belong to several traces begins a new trace and keeps the highest counts. AWS does not
    specify the format of the counts; its examples show `Lineage=<function>:<count>|…` ([MEM] in ES-47).
    """
    traces = {
        trace_root(header): ";".join(part for part in header.split(";") if part and not _is_lineage(part))
        for header in headers
    }
    counts: dict[str, int] = {}
    for header in headers:
        for identity, count in _lineage(header).items():
            counts[identity] = max(count, counts.get(identity, 0))
    own_identity = _identity(function)
    counts[own_identity] = counts.get(own_identity, 0) + 1
    trace = traces.popitem()[1] if len(traces) == 1 else ""
    return f"{trace or new_trace_id()};{LINEAGE}={'|'.join(f'{name}:{count}' for name, count in counts.items())}"


def _lineage(header: str) -> dict[str, int]:
    counts = {}
    for part in filter(_is_lineage, header.split(";")):
        for entry in part.partition("=")[2].split("|"):
            identity, _, count = entry.rpartition(":")
            if identity and count.isdecimal():
                counts[identity] = int(count[:6])
    return counts


def _is_lineage(part: str) -> bool:
    return part.strip().startswith(f"{LINEAGE}=")


def _identity(function: str) -> str:
    return hashlib.sha256(function.encode()).hexdigest()[:8]
