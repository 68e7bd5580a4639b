"""Passes requests of the console's pages on to services of the application; the emulator knows their addresses only.

`/services/NAME/PATH` on port 9001 is `/PATH` of the service. What protects port 9001 protects the services too: they
need no port of their own, and the browser needs no other origin.
"""

import io
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

from emulator.console_addresses import SOCKET
from emulator.edge.gate import read

log = logging.getLogger(__name__)

PREFIX = "/services/"
BODY_BYTES = 32 << 20  #: of a request
ANSWER_BYTES = 32 << 20
CONNECT_S, WHOLE_S = 5.0, 120.0
#: of every answer: it may hold pictures and texts of strangers, and is never a page
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    """The services that the console's pages may reach."""

    addresses: Mapping[str, str]
    _sessions: dict[str, aiohttp.ClientSession] = field(default_factory=dict)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.cleanup_ctx.append(self._connections)
        app.router.add_route("*", PREFIX + "{service}/{path:[A-Za-z0-9_-][A-Za-z0-9/_-]{0,199}}", self.answer)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Return a service's answer to a request."""
        name, path = request.match_info["service"], request.match_info["path"]
        session = self._sessions.get(name)
        if session is None:
            return _refused(404, "there is no service of this name; --console-service NAME=ADDRESS adds one")
        body = await read(request)
        if len(body) > BODY_BYTES:
            return _refused(413, f"the request is larger than {BODY_BYTES:,} bytes")
        url = _base(self.addresses[name]).joinpath(path).with_query(request.query)
        kind = {"Content-Type": request.headers["Content-Type"]} if body and "Content-Type" in request.headers else {}
        try:
            async with session.request(
                request.method, url, headers=kind, data=io.BytesIO(body) if body else None, allow_redirects=False
            ) as answered:
                content = await _content(answered)
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "no answer in time"
            log.warning("the service %s at %s does not answer: %s", name, self.addresses[name], reason)
            return _refused(502, f"the service {name} does not answer ({reason}); start the project again")
        if content is None:
            return _refused(502, f"the answer of the service {name} is larger than {ANSWER_BYTES:,} bytes")
        return web.Response(
            status=answered.status, body=content, headers={**_HEADERS, "Content-Type": answered.content_type}
        )

    async def _connections(self, _app: web.Application) -> AsyncIterator[None]:
        """Keep connections to the services while the application runs."""
        timeout = aiohttp.ClientTimeout(total=WHOLE_S, sock_connect=CONNECT_S)
        for name, address in self.addresses.items():
            connector = aiohttp.UnixConnector(address.removeprefix(SOCKET)) if address.startswith(SOCKET) else None
            self._sessions[name] = aiohttp.ClientSession(
                connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
            )
        yield
        for session in self._sessions.values():
            await session.close()


def _base(address: str) -> URL:
    return URL("http://service/" if address.startswith(SOCKET) else f"{address}/")


async def _content(answered: aiohttp.ClientResponse) -> bytes | None:
    """Return an answer's body; None if it is too large."""
    content = bytearray()
    async for piece in answered.content.iter_any():
        content += piece
        if len(content) > ANSWER_BYTES:
            return None
    return bytes(content)


def _refused(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status, headers=_HEADERS)
