"""The token of the emulator's own page, without which pages of this machine's other ports change nothing."""

import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADER = "Facepipe-Page-Token"
READS = ("GET", "HEAD", "OPTIONS")
OWN_PAGES = ("/faults", "/queues/", "/collected", "/services/")  #: pages that change what AWS has no operation for


def needs_page_token(token: str) -> Middleware:
    """Return a middleware that refuses changes through the emulator's own pages by pages without the token.

    Programs send no Origin, and need no token: they are no page that somebody was led to.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        changes = request.method not in READS and request.path.startswith(OWN_PAGES)
        if changes and "Origin" in request.headers:
            shown = request.headers.get(HEADER, "")
            if not hmac.compare_digest(shown.encode("utf-8", "replace"), token.encode()):
                message = "only the console's page may change this; load it anew, or use a program"
                return web.json_response({"error": message}, status=403)
        return await handler(request)

    return check
