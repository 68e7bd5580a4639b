"""Serves a folder of pages on port 9001: the console's, of which the emulator knows nothing else."""

import mimetypes
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

INDEX = "index.html"
PREFIX = "/console/"
SERVICES_PLACE = "{{services}}"  #: in the index: the names of the services that the page may use
TOKEN_PLACE = "{{token}}"  #: in the index: the page's token takes its place  # noqa: S105


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of one folder, without its own folders; they are read for each request, so that they can be edited."""

    folder: Path
    token: str  #: of the page, with which it may change something
    urls: Callable[[], Iterable[str]]  #: the origins of the function URLs, which the page may call
    services: Collection[str] = ()  #: the names of the services that the page may use

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/", self.get_index)
        app.router.add_get(PREFIX + r"{name:[a-z0-9_-]+\.[a-z0-9]+}", self.get_file)

    async def get_index(self, _request: web.Request) -> web.Response:
        """`GET /`: the page."""
        page = self._read(INDEX)
        for place, text in ((TOKEN_PLACE, self.token), (SERVICES_PLACE, " ".join(self.services))):
            page = page.replace(place.encode(), text.encode())
        return self._answer(INDEX, page)

    async def get_file(self, request: web.Request) -> web.Response:
        """`GET /console/NAME`: one of its files."""
        name = request.match_info["name"]
        if not (self.folder / name).is_file() or name == INDEX:
            return web.json_response({"error": f"the console has no file {name}"}, status=404)
        return self._answer(name, self._read(name))

    def _read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def _answer(self, name: str, body: bytes) -> web.Response:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        kind = "text/javascript" if name.endswith(".js") else kind
        charset = "; charset=utf-8" if kind.startswith("text/") else ""
        return web.Response(body=body, headers={**self._headers(), "Content-Type": kind + charset})

    def _headers(self) -> dict[str, str]:
        policy = {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data: blob:",
            "media-src": "blob:",
            "connect-src": " ".join(["'self'", *self.urls()]),
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        return {
            "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-cache",
        }
