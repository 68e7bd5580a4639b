"""X-Ray's trace header, as it travels from a URL through functions and queues: `Root=…;Parent=…;Lineage=…`."""

import hashlib
import re
import secrets
import time
from collections.abc import Sequence

LINEAGE = "Lineage"
MAXIMUM_CHARACTERS = 8_000  #: about what an HTTP server takes as one header
_VISIBLE = re.compile(r"[\x20-\x7e]+")


def new_trace_id() -> str:
    """Return a new header, of a trace that begins here."""
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def usable(header: str) -> str:
    """Return what of a header can be passed on over HTTP, which is all of a proper one.

    Whoever sends a message or a request can write anything into it: parts with control characters or outside ASCII are
    left out, and so is a header that is far too long. Without a `Root` left, a trace begins anew.
    """
    if len(header) > MAXIMUM_CHARACTERS:
        return ""
    parts = (part.strip() for part in header.split(";"))
    return ";".join(part for part in parts if _VISIBLE.fullmatch(part))


def invocations(header: str, function: str) -> int:
    """Return how many invocations of a function led to what this header came with (ES-47)."""
    return _lineage(header).get(_identity(function), 0)


def invoked(headers: Sequence[str], function: str) -> str:
    """Return the header of an invocation: the trace of what it is given, counted once more for this function.

    `headers` are `usable` ones; so is the result.

    A batch from several traces begins one of its own, and keeps the highest counts. The counts' format is the one that
    AWS has shown in examples, `Lineage=<function>:<count>|…`; AWS does not specify it ([MEM] in ES-47).
    """
    traces = {";".join(part for part in header.split(";") if part and not _is_lineage(part)) for header in headers}
    counts: dict[str, int] = {}
    for header in headers:
        for identity, count in _lineage(header).items():
            counts[identity] = max(count, counts.get(identity, 0))
    own = _identity(function)
    counts[own] = counts.get(own, 0) + 1
    trace = traces.pop() if len(traces) == 1 else ""
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
