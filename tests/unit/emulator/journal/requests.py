"""Entries and lines of made-up requests, with times that are easy to follow."""

from emulator.journal.entries import Entry, Kind, Line

TRACE = "1-00000001-aaaaaaaaaaaaaaaaaaaaaaaa"
OTHER = "1-00000002-bbbbbbbbbbbbbbbbbbbbbbbb"


def call(
    request_id: str, start: float, end: float, *, trace: str = "", function: str = "worker", **ended
) -> list[Entry]:
    """An invocation from `start` to `end`."""
    where = {"function": function, "request_id": request_id, "trace_id": trace, "environment": "e"}
    told = {"outcome": "success", "duration_ms": end - start, **ended}
    return [
        Entry(Kind.INVOKED, start, **where, detail={"waited_ms": 0.0}),
        Entry(Kind.ENDED, end, **where, detail=told),
    ]


def step(kind: Kind, at_ms: float, message: str, *, request: str = "", **told) -> Entry:
    """A message's step."""
    who = {"trace_id": told.pop("trace", ""), "name": told.pop("name", "")}
    return Entry(kind, at_ms, request_id=request, message_id=message, **who, detail={"queue": "jobs", **told})


def url(at_ms: float, until_ms: float, status: int, *, trace: str = TRACE, name: str = "", **detail) -> list[Entry]:
    """A function URL's request and its answer."""
    where = {"function": "front", "request_id": f"url-{at_ms}" if at_ms else "url", "trace_id": trace}
    return [
        Entry(Kind.ACCEPTED, at_ms, **where, detail={"method": "POST", "path": "/", "bytes": 1}),
        Entry(Kind.RESPONDED, until_ms, **where, name=name, detail={"status": status, "latency_ms": 1, **detail}),
    ]


def line(at_ms: float, text: str, *, request: str = "", **fields) -> Line:
    return Line(at_ms, "worker", "stream", request, text, **fields)


def through_both() -> list[Entry]:
    """A request by URL, on a queue, and through a second function in a batch with another's message."""
    return [
        *url(0, 100, 200),
        *call("url", 10, 90, trace=TRACE, function="front"),
        step(Kind.RECEIVED, 120, "m1", trace=TRACE, sent_ms=80, receive_count=1),
        step(Kind.RECEIVED, 121, "m2", trace=OTHER, sent_ms=70, receive_count=1),
        step(Kind.BATCHED, 140, "m1", trace=TRACE, request="batch"),
        step(Kind.BATCHED, 140, "m2", trace=OTHER, request="batch"),
        *call("batch", 150, 200),
        step(Kind.DELETED, 210, "m1", trace=TRACE, request="batch"),
        step(Kind.DELETED, 211, "m2", trace=OTHER, request="batch"),
        step(Kind.COLLECTED, 300, "m9", trace=TRACE, queue="results", sent_ms=190, name="photo-1"),
    ]
