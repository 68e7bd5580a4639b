"""The journal over HTTP, on port 9001: what `facepipe trace`, `logs`, `stats` and Prometheus read."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from emulator.journal import stats
from emulator.journal.counters import CONTENT_TYPE
from emulator.journal.entries import Entry, Kind, trace_root
from emulator.journal.journal import Journal
from emulator.journal.store import LineFilter, Name, Store
from emulator.journal.trace import Trace, build

TRACES = 2_000  #: of the latest requests that a list is chosen from
COLLECTED_BYTES = 1 << 20

Depths = Callable[[], Awaitable[Mapping[str, Mapping[str, int]]]]


@dataclass(frozen=True, slots=True)
class JournalApi:
    """Answers questions about what happened."""

    journal: Journal
    depths: Depths  #: of the queues, now

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/trace/{identifier:.+}", self.get_trace)
        app.router.add_get("/traces", self.get_traces)
        app.router.add_get("/logs", self.get_logs)
        app.router.add_get("/stats", self.get_stats)
        app.router.add_get("/metrics", self.get_metrics)
        app.router.add_post("/collected", self.post_collected)

    async def get_trace(self, request: web.Request) -> web.Response:
        """`GET /trace/ID`: where one request's time went."""
        identifier = request.match_info["identifier"]
        entries = await self.journal.ask(lambda store: store.of_request(identifier))
        if not entries:
            message = f"nothing is known of {identifier!r}: give a request id, a message id or a trace id"
            return web.json_response({"error": message}, status=404)
        return web.json_response({"identifier": identifier, **_told(build(entries))})

    async def get_traces(self, request: web.Request) -> web.Response:
        """`GET /traces?slowest=N&failed=1&since_s=S`: the latest requests of URLs, the slowest, or failed ones."""
        since_ms = _since(request)
        only_failed, slowest = request.query.get("failed") == "1", _number(request, "slowest", 0)
        limit = int(slowest or _number(request, "limit", 20))
        rows = await self.journal.ask(lambda store: _summaries(store, since_ms))
        if only_failed:
            rows = [row for row in rows if row["failed"]]
        if slowest:
            rows.sort(key=lambda row: -row["duration_ms"])
        return web.json_response({"traces": rows[:limit]})

    async def get_logs(self, request: web.Request) -> web.Response:
        """`GET /logs?function=F&request_id=R&errors=1&since_s=S&after=ROW`: lines of output, oldest first."""
        query = request.query
        wanted = LineFilter(
            function=query.get("function", ""),
            name=query.get("request_id", ""),
            errors=query.get("errors") == "1",
            since_ms=_since(request),
            after=int(_number(request, "after", 0)),
            limit=min(int(_number(request, "limit", 10_000)), 10_000),
        )
        lines = await self.journal.ask(lambda store: store.lines(wanted))
        return web.json_response({"lines": [{"id": row, **asdict(line)} for row, line in lines]})

    async def get_stats(self, request: web.Request) -> web.Response:
        """`GET /stats?since_s=S`: figures of functions, queues and URLs."""
        since_ms = _since(request)
        figures = await self.journal.ask(lambda store: _figures(store, since_ms))
        return web.json_response({**figures, "depths": await self.depths(), "notes_lost": self.journal.dropped})

    async def get_metrics(self, _request: web.Request) -> web.Response:
        """`GET /metrics`: for Prometheus."""
        body = self.journal.counters.exposition(await self.depths())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def post_collected(self, request: web.Request) -> web.Response:
        """`POST /collected`: a client tells which results it has taken from their queue."""
        if (request.content_length or 0) > COLLECTED_BYTES:
            return web.json_response({"error": f"at most {COLLECTED_BYTES} bytes"}, status=413)
        try:
            for one in await request.json():
                root = trace_root(str(one.get("trace_header", "")))
                detail = {"queue": str(one["queue"]), "sent_ms": float(one["sent_ms"])}
                entry = Entry(Kind.COLLECTED, float(one["at_ms"]), "", "", root, str(one["message_id"]), detail=detail)
                self.journal.note(entry)
                self.journal.name(Name(str(one["request_id"]), "", root))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return web.json_response({"error": f"give a list of collected results: {error!r}"}, status=400)
        return web.json_response({})


def _told(trace: Trace) -> dict[str, Any]:
    return {
        "start_ms": trace.start_ms,
        "duration_ms": trace.duration_ms,
        "failed": trace.failed,
        "complete": trace.complete,
        "messages": trace.messages,
        "spans": [asdict(span) for span in trace.spans],
    }


def _summaries(store: Store, since_ms: float) -> list[dict[str, Any]]:
    rows = []
    for accepted in reversed(store.recent(Kind.ACCEPTED, since_ms=since_ms, limit=TRACES)):
        trace = build(store.of_request(accepted.trace_id or accepted.request_id))
        told = {name: value for name, value in _told(trace).items() if name not in ("spans", "messages")}
        names = store.names_of(accepted.request_id, accepted.trace_id)
        rows.append({"request_id": accepted.request_id, "trace_id": accepted.trace_id, "names": names, **told})
    return rows


def _figures(store: Store, since_ms: float) -> dict[str, Any]:
    def of(kind: Kind) -> list[Entry]:
        return store.recent(kind, since_ms=since_ms, limit=100_000)

    settled = {kind: of(kind) for kind in (Kind.DELETED, Kind.RETURNED, Kind.DEAD_LETTERED, Kind.FILTERED)}
    return {
        "functions": stats.of_functions(of(Kind.ENDED), of(Kind.INVOKED), of(Kind.THROTTLED)),
        "queues": stats.of_queues(of(Kind.RECEIVED), settled),
        "urls": stats.of_urls(of(Kind.RESPONDED)),
    }


def _since(request: web.Request) -> float:
    seconds = _number(request, "since_s", 0)
    return (time.time() - seconds) * 1000 if seconds else 0.0


def _number(request: web.Request, name: str, default: float) -> float:
    try:
        return float(request.query.get(name, default))
    except ValueError as error:
        message = f"{name} must be a number"
        raise web.HTTPBadRequest(text=message) from error
