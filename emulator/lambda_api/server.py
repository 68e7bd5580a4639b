"""Port 9001 over HTTP: Lambda's operations, this emulator's own pages, and SQS's calls, which are passed on."""

import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from emulator.aws.limits import CODE_REQUEST_BYTES
from emulator.edge.gate import read
from emulator.edge.peer_owner import ends_of
from emulator.endpoints.services import Services
from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.health import Health
from emulator.lambda_api.operations import Operations
from emulator.lambda_api.requests import HttpRequest

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_BYTES = CODE_REQUEST_BYTES  #: of a request; the largest event is 6 MB, code has more
LOGGED_CHARACTERS = 2_000  #: of an error's message, which may repeat what was sent


class Pages(Protocol):
    """Pages that AWS has not, with their own routes."""

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        ...


@dataclass(frozen=True, slots=True)
class Api:
    """What the requests reach."""

    health: Health
    operations: Operations
    services: Services
    pages: Sequence[Pages]

    async def get_health(self, _request: web.Request) -> web.Response:
        """`GET /health`."""
        well, report = await self.health.report()
        return web.json_response(report, status=200 if well else 503)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Serve or refuse an operation of Lambda; pass SQS's calls on; refuse other services by name."""
        http = await read_http(request)
        reply = await self.operations.answer(http)
        if reply is not None:
            return web.Response(status=reply.status, headers=reply.headers, body=reply.body)
        if answer := await self.services.answer(request, http.body):
            return answer
        message = f"{request.method} {request.rel_url.raw_path} is no operation of Lambda"
        raise ApiError(404, "UnknownOperationException", message)


async def read_http(request: web.Request) -> HttpRequest:
    """Return a request, read to its end, as the operations take it."""
    query = {name: request.query.getall(name) for name in request.query}
    body, path = await read(request), request.rel_url.raw_path
    return HttpRequest(request.method, path, query, request.headers, body, request.raw_path, ends_of(request))


def create_api(api: Api) -> web.Application:
    """Return the application that port 9001 serves."""
    app = web.Application(client_max_size=BODY_BYTES, middlewares=[_errors])
    app.router.add_route("GET", "/health", api.get_health)
    for pages in api.pages:
        pages.add_to(app)
    app.router.add_route("*", r"/{path:[\s\S]*}", api.answer)  # a path may hold an escaped line break
    return app


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    request_id = str(uuid.uuid4())
    try:
        response = await handler(request)
    except ApiError as error:
        message = _printable(f"{error.message} {f'({error.why})' if error.why else ''}")
        asked = f"{request.method} {request.rel_url.raw_path}"
        log.warning("%s → %d %s: %s (RequestId %s)", asked, error.status, error.kind, message, request_id)
        headers = {"x-amzn-ErrorType": error.kind}
        response = web.Response(status=error.status, headers=headers, body=error.body, content_type="application/json")
    response.headers.setdefault("x-amzn-RequestId", request_id)
    return response


def _printable(text: str) -> str:
    """Return a text as one line of the log: shortened, and with control characters escaped."""
    line = " ".join(text[:LOGGED_CHARACTERS].split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
