"""Keeps the pages with photos and faces from other users of this machine, who can connect to the port as well."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from emulator.edge.peer_owner import PeerOwner, ends_of, owner_of

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PRIVATE = ("/payloads", "/services/")
#: not let in. Callers from elsewhere are: only a port that the user has opened to networks or published has them
STRANGERS = (PeerOwner.ANOTHER_USER, PeerOwner.GONE)
MESSAGE = "photos and faces are shown only to the user who runs the emulator: open the page, or call it, as this user"


@web.middleware
async def for_this_user(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other users' requests for a private page; all methods, because reading is what it is about."""
    if request.path.startswith(PRIVATE) and await asyncio.to_thread(owner_of, ends_of(request)) in STRANGERS:
        log.warning("%s %s → 403: a program of another user asked for it", request.method, ascii(request.path)[1:-1])
        return web.json_response({"error": MESSAGE}, status=403)
    return await handler(request)
