"""Payloads on port 9001: which belong to a request, and their bodies."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from emulator.json_text import read_json
from emulator.payloads.payload_keeper import PayloadKeeper

MOST_IDS = 100  #: of each kind in one request


@dataclass(frozen=True, slots=True)
class PayloadPages:
    """Shows kept payloads."""

    keeper: PayloadKeeper | None  #: None if none are kept

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/payloads", self.get_payloads)
        app.router.add_get(r"/payloads/{id:\d{1,15}}", self.get_body)
        app.router.add_get("/payloads/events/{key}", self.get_event)

    async def get_payloads(self, request: web.Request) -> web.Response:
        """`GET /payloads?key=ID&trace=ID&name=ID`, each any number of times: what belongs to them, without bodies."""
        if self.keeper is None:
            return _refused(503, "payloads are not kept; start without --no-console")
        keys, traces, names = (request.query.getall(name, [])[:MOST_IDS] for name in ("key", "trace", "name"))
        payloads = await self.keeper.ask(lambda store: store.find(keys, traces, names))
        return _json({"payloads": [asdict(payload) for payload in payloads]})

    async def get_body(self, request: web.Request) -> web.Response:
        """`GET /payloads/N`: one payload as it was; with `part=body`, the HTTP request's body in an event."""
        identifier = int(request.match_info["id"])
        body = await self.keeper.ask(lambda store: store.body(identifier)) if self.keeper else None
        return _attached(request, body)

    async def get_event(self, request: web.Request) -> web.Response:
        """`GET /payloads/events/ID`: the event of an invocation; `part=body` as above."""
        key = request.match_info["key"]
        body = await self.keeper.ask(lambda store: store.event(key)) if self.keeper else None
        return _attached(request, body)


def _attached(request: web.Request, body: bytes | None) -> web.Response:
    """Return a payload so that browsers never show it as a page, because strangers may have sent it."""
    if body is None:
        return _refused(404, "this payload is not kept any more")
    if request.query.get("part") == "body":
        body = _http_body(body)
    headers = {"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff"}
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return web.Response(body=body, headers={**headers, "Content-Disposition": "attachment"})


def _http_body(event: bytes) -> bytes:
    """Return the HTTP request's body in a Function URL's event; empty if there is none."""
    try:
        content = read_json(event)
        text = content.get("body") or ""
        return base64.b64decode(text) if content.get("isBase64Encoded") else text.encode()
    except (ValueError, AttributeError, TypeError):
        return b""


def _json(content: Mapping[str, Any], *, status: int = 200) -> web.Response:
    return web.json_response(content, status=status)


def _refused(status: int, message: str) -> web.Response:
    return _json({"error": message}, status=status)
