"""One port's edge: which requests are allowed, how much of them is read, and how many connections there may be."""

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Middleware

from emulator.edge.admission import AdmissionRules, Provenance, Refusal, refusal
from emulator.edge.bodies import Body, BodyMemory, read_body
from emulator.edge.connections import Connections
from emulator.edge.refused_answers import Fault, answer_refused

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY = web.RequestKey("body", bytes)


@dataclass(frozen=True, slots=True)
class Gate:
    """The checks and limits that every request to a port passes first."""

    rules: AdmissionRules
    connections: Connections
    most_bytes: int  #: the most bytes of a body
    memory: BodyMemory = field(default_factory=BodyMemory)

    def refusal(self, request: web.BaseRequest, rules: AdmissionRules | None = None) -> Refusal | None:
        """Return why a request is refused; None if it is allowed."""
        return refusal(Provenance.read(request.method, request.headers), rules or self.rules)

    @contextlib.asynccontextmanager
    async def body(self, request: web.BaseRequest) -> AsyncIterator[Body]:
        """Yield a request's body, which uses memory of the port until the end of the block."""
        with self.memory.share() as share:
            self.connections.sending(request, share)
            body = await read_body(request, self.most_bytes, share)
            with self.connections.answering(request):
                yield body


def middleware(gate: Gate) -> Middleware:
    """Return the outermost middleware of an application; its handlers get the body from `read`."""

    @web.middleware
    async def pass_gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        if refused := gate.refusal(request):
            log.warning("%s %s → 403: %s", request.method, ascii(request.path)[1:-1], refused)
            return _last(answer_refused(request, Fault(403, str(refused))))
        try:
            return await pass_body(request, handler)
        except web.RequestPayloadError as error:
            log.warning("%s %s → 400: %s", request.method, ascii(request.path)[1:-1], error)
            return _last(web.Response(status=400, text=f"the body cannot be read: {error}"))

    async def pass_body(request: web.Request, handler: Handler) -> web.StreamResponse:
        async with gate.body(request) as body:
            if body.is_too_large:
                message = f"the request is larger than {gate.most_bytes:,} bytes, the most that is read here"
                return _last(answer_refused(request, Fault(413, message)))
            request[BODY] = body.take()
            return await handler(request)

    return pass_gate


async def read(request: web.Request) -> bytes:
    """Return the body that the middleware has read; without the middleware, read it now."""
    return request[BODY] if BODY in request else await request.read()


def _last(response: web.Response) -> web.Response:
    """Close the connection after this answer, because the rest of the request is not read."""
    response.force_close()
    return response
