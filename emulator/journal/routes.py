"""The journal over HTTP, on port 9001: what `facepipe trace`, `logs`, `stats` and Prometheus read."""

import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from emulator.aws.trace_header import trace_root
from emulator.edge.gate import read
from emulator.journal import stats
from emulator.journal.counters import CONTENT_TYPE, Now
from emulator.journal.entries import Entry, Kind
from emulator.journal.journal import Journal, JournalOffError
from emulator.journal.related import related
from emulator.journal.store import LineFilter
from emulator.journal.traces import TraceQuery, describe_trace, latest_traces
from emulator.json_text import read_json

LINES = 10_000  #: in one answer at most
STEPS = 25_000  #: of each kind, the latest, that figures are made of
COLLECTED_BYTES = 1 << 20

Handler = Callable[[web.Request], Awaitable[web.Response]]


class QuestionError(ValueError):
    """What was asked is not understood; the message names it."""


@dataclass(frozen=True, slots=True)
class JournalApi:
    """Answers questions about what happened."""

    journal: Journal
    depths: Callable[[], Awaitable[Now]]  #: of the queues, now
    functions: Callable[[], Now]  #: their environments and calls, now

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/trace/{identifier:.+}", _clear(self.get_trace))
        app.router.add_get("/traces", _clear(self.get_traces))
        app.router.add_get("/logs", _clear(self.get_logs))
        app.router.add_get("/stats", _clear(self.get_stats))
        app.router.add_get("/metrics", self.get_metrics)
        app.router.add_post("/collected", _clear(self.post_collected))

    async def get_trace(self, request: web.Request) -> web.Response:
        """`GET /trace/ID`: where one request's time went, and what was said about it."""
        identifier = request.match_info["identifier"]
        found = await self.journal.ask(lambda store: related(store, identifier))
        if not found.entries:
            message = f"nothing is known of {identifier!r}: give a request id, a message id or a trace id"
            return _json({"error": message}, status=404)
        return _json({"identifier": identifier, **describe_trace(found)})

    async def get_traces(self, request: web.Request) -> web.Response:
        """`GET /traces?limit=N&slowest=1&failed=1&since_s=S`: URLs' latest requests; the slowest, or failed ones."""
        since_ms, limit = _since(request), max(1, int(_number(request, "limit", 20)))
        failed, slowest = request.query.get("failed") == "1", request.query.get("slowest") == "1"
        wanted = TraceQuery(limit, since_ms, failed=failed, slowest=slowest)
        return _json({"traces": await self.journal.ask(lambda store: latest_traces(store, wanted))})

    async def get_logs(self, request: web.Request) -> web.Response:
        """`GET /logs?function=F&request_id=R&errors=1&since_s=S&after=ROW&limit=N`: lines of output, oldest first."""
        query = request.query
        wanted = LineFilter(
            function=query.get("function", ""),
            name=query.get("request_id", ""),
            errors=query.get("errors") == "1",
            since_ms=_since(request),
            after=int(_number(request, "after", 0)),
            limit=min(max(1, int(_number(request, "limit", LINES))), LINES),
        )
        if wanted.function and wanted.function not in (known := self.functions()):
            return _json({"error": f"there is no function {wanted.function!r}, but {', '.join(known)}"}, status=404)
        lines = await self.journal.ask(lambda store: store.lines(wanted))
        return _json({"lines": [{"id": row, **asdict(line)} for row, line in lines]})

    async def get_stats(self, request: web.Request) -> web.Response:
        """`GET /stats?since_s=S`: figures of functions, queues and URLs, and how things stand now."""
        since_ms = _since(request)
        entries = await self.journal.ask(
            lambda store: {kind: store.recent(kind, since_ms=since_ms, limit=STEPS) for kind in stats.KINDS}
        )
        first_ms = await self.journal.ask(lambda store: store.first_ms())
        sent_ms = await self.journal.ask(lambda store: store.oldest_sent_ms())
        depths, now_ms = await self.depths(), time.time() * 1000
        oldest = {
            queue: round((now_ms - sent_ms[queue]) / 1000, 1)
            for queue, depth in depths.items()
            if queue in sent_ms and any(depth.values())
        }
        return _json(
            {
                "since_ms": max(since_ms, first_ms) if first_ms else 0,
                "cut": any(len(found) >= STEPS for found in entries.values()),
                "steps": STEPS,
                "urls": stats.url_figures(entries),
                "functions": stats.function_figures(entries),
                "queues": stats.queue_figures(entries),
                "now": {"functions": self.functions(), "queues": depths, "oldest_s": oldest},
                "notes_lost": self.journal.dropped,
            }
        )

    async def get_metrics(self, _request: web.Request) -> web.Response:
        """`GET /metrics`: for Prometheus."""
        body = self.journal.counters.exposition(await self.depths(), self.functions())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def post_collected(self, request: web.Request) -> web.Response:
        """`POST /collected`: a client reports which results it has taken from their queue."""
        body = await read(request)
        if len(body) > COLLECTED_BYTES:
            return _json({"error": f"at most {COLLECTED_BYTES} bytes"}, status=413)
        for entry in _collected(body):
            self.journal.note(entry)
        return _json({})


def _clear(handler: Handler) -> Handler:
    """Turn what is wrong with a question into one clear sentence."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except JournalOffError as error:
            return _json({"error": str(error)}, status=503)
        except QuestionError as error:
            return _json({"error": str(error)}, status=400)

    return handle


def _json(content: Mapping[str, Any], *, status: int = 200) -> web.Response:
    return web.json_response(content, status=status)


def _collected(body: bytes) -> list[Entry]:
    """Read what a client has collected."""
    entries = []
    try:
        for result in read_json(body):
            detail = {"queue": str(result["queue"]), "sent_ms": _time(result["sent_ms"])}
            entry = Entry(
                Kind.COLLECTED,
                at_ms=_time(result["at_ms"]),
                trace_id=trace_root(str(result.get("trace_header", ""))),
                message_id=str(result["message_id"]),
                name=str(result["request_id"]),
                detail=detail,
            )
            entries.append(entry)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        fields = "request_id, message_id, queue, sent_ms, at_ms and trace_header"
        raise QuestionError(f"give a list of results with {fields}: {error!r}") from error
    return entries


def _time(value: Any) -> float:
    """Return a time as a number that JSON has, which pages read: NaN and Infinity are Python's."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is no time")
    return number


def _since(request: web.Request) -> float:
    seconds = _number(request, "since_s", 0)
    return (time.time() - seconds) * 1000 if seconds else 0.0


def _number(request: web.Request, name: str, default: float) -> float:
    text = request.query.get(name, str(default))
    try:
        number = float(text)
    except ValueError as error:
        raise QuestionError(f"{name} is {text!r}: give a number") from error
    if not 0 <= number < 2**53:
        raise QuestionError(f"{name} is {text!r}: give a number from 0 on")
    return number
