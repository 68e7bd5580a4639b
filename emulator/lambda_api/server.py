"""Port 9001 over HTTP: which request is which operation."""

import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from emulator.endpoints.services import Services
from emulator.lambda_api.errors import ApiError, not_built
from emulator.lambda_api.functions import configuration, description, page
from emulator.lambda_api.health import Health
from emulator.lambda_api.invoke import Invoke
from emulator.lambda_api.mappings import MappingApi
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import body_of, check_query, name_in

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_BYTES = 64 << 20  #: of a request that is read to its end, so that the caller sees why it is refused
FUNCTIONS = "/2015-03-31/functions"
MAPPINGS = "/2015-03-31/event-source-mappings"


class Routes(Protocol):
    """A part of the API that knows its own routes."""

    def add_to(self, app: web.Application) -> None:
        """Add them."""
        ...


@dataclass(frozen=True, slots=True)
class Api:
    """What the requests reach."""

    health: Health
    directory: Directory
    invoke: Invoke
    mappings: MappingApi
    services: Services
    parts: Sequence[Routes]  #: further operations, and the journal's pages

    async def get_health(self, _request: web.Request) -> web.Response:
        """`GET /health`."""
        well, report = await self.health.report()
        return web.json_response(report, status=200 if well else 503)

    async def post_invocation(self, request: web.Request) -> web.Response:
        """`Invoke`."""
        if not self.health.started():
            raise ApiError(503, "ServiceException", "the emulator is starting or stopping")
        check_query(request, "Invoke", "Qualifier")
        body = await request.read()
        reply = await self.invoke(name_in(request), request.query.get("Qualifier", ""), request.headers, body)
        return web.Response(status=reply.status, headers=dict(reply.headers), body=reply.body)

    async def get_function(self, request: web.Request) -> web.Response:
        """`GetFunction`."""
        check_query(request, "GetFunction", "Qualifier")
        function = self.directory.find(name_in(request), request.query.get("Qualifier", ""))
        return web.json_response(description(function, self.directory))

    async def get_configuration(self, request: web.Request) -> web.Response:
        """`GetFunctionConfiguration`."""
        check_query(request, "GetFunctionConfiguration", "Qualifier")
        function = self.directory.find(name_in(request), request.query.get("Qualifier", ""))
        return web.json_response(configuration(function, self.directory))

    async def list_functions(self, request: web.Request) -> web.Response:
        """`ListFunctions`; with FunctionVersion=ALL the same, for there is no version but $LATEST."""
        check_query(request, "ListFunctions", "FunctionVersion", "Marker", "MaxItems")
        everything = [configuration(f, self.directory) for f in self.directory.functions.values()]
        items, marker = page(everything, request.query)
        return web.json_response({"Functions": items, **({"NextMarker": marker} if marker else {})})

    async def post_mapping(self, request: web.Request) -> web.Response:
        """`CreateEventSourceMapping`."""
        return web.json_response(await self.mappings.create(await body_of(request)), status=202)

    async def list_mappings(self, request: web.Request) -> web.Response:
        """`ListEventSourceMappings`."""
        check_query(request, "ListEventSourceMappings", "EventSourceArn", "FunctionName", "Marker", "MaxItems")
        return web.json_response(self.mappings.list(request.query))

    async def get_mapping(self, request: web.Request) -> web.Response:
        """`GetEventSourceMapping`."""
        return web.json_response(self.mappings.get(name_in(request)))

    async def put_mapping(self, request: web.Request) -> web.Response:
        """`UpdateEventSourceMapping`."""
        return web.json_response(await self.mappings.update(name_in(request), await body_of(request)), status=202)

    async def delete_mapping(self, request: web.Request) -> web.Response:
        """`DeleteEventSourceMapping`."""
        return web.json_response(self.mappings.delete(name_in(request)), status=202)

    async def forward_or_refuse(self, request: web.Request) -> web.Response:
        """Pass SQS's calls on; say the name of what is not built."""
        if answer := await self.services.answer(request, await request.read()):
            return answer
        raise not_built(operation(request.method, request.rel_url.raw_path))


def create_api(api: Api) -> web.Application:
    """Return the application that port 9001 serves."""
    app = web.Application(client_max_size=BODY_BYTES, middlewares=[_errors])
    add = app.router.add_route
    add("GET", "/health", api.get_health)
    add("GET", FUNCTIONS, api.list_functions)
    add("GET", f"{FUNCTIONS}/", api.list_functions)
    add("GET", f"{FUNCTIONS}/{{name}}", api.get_function)
    add("GET", f"{FUNCTIONS}/{{name}}/configuration", api.get_configuration)
    add("POST", f"{FUNCTIONS}/{{name}}/invocations", api.post_invocation)
    for path in (MAPPINGS, f"{MAPPINGS}/"):
        add("POST", path, api.post_mapping)
        add("GET", path, api.list_mappings)
    add("GET", f"{MAPPINGS}/{{name}}", api.get_mapping)
    add("PUT", f"{MAPPINGS}/{{name}}", api.put_mapping)
    add("DELETE", f"{MAPPINGS}/{{name}}", api.delete_mapping)
    for part in api.parts:
        part.add_to(app)
    add("*", "/{tail:.*}", api.forward_or_refuse)
    return app


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    request_id = str(uuid.uuid4())
    try:
        response = await handler(request)
    except ApiError as error:
        message = " ".join(f"{error.message} {f'({error.why})' if error.why else ''}".split())
        log.warning(
            "%s %s → %d %s: %s (RequestId %s)",
            *(request.method, request.rel_url.raw_path, error.status, error.kind, message, request_id),
        )
        headers = {"x-amzn-ErrorType": error.kind}
        response = web.Response(status=error.status, headers=headers, body=error.body, content_type="application/json")
    response.headers.setdefault("x-amzn-RequestId", request_id)
    return response
