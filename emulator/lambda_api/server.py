"""Port 9001 over HTTP: which request is which operation."""

import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from emulator.journal.api import JournalApi
from emulator.lambda_api.errors import ApiError, not_built
from emulator.lambda_api.functions import configuration, description, page
from emulator.lambda_api.health import Health
from emulator.lambda_api.invoke import Invoke
from emulator.lambda_api.mappings import MappingApi
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.sqs_forward import SqsForward

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_BYTES = 64 << 20  #: of a request that is read to its end, so that the caller sees why it is refused
FUNCTIONS = "/2015-03-31/functions"
MAPPINGS = "/2015-03-31/event-source-mappings"


@dataclass(frozen=True, slots=True)
class Api:
    """What the requests reach."""

    health: Health
    directory: Directory
    invoke: Invoke
    mappings: MappingApi
    sqs: SqsForward
    journal: JournalApi

    async def get_health(self, _request: web.Request) -> web.Response:
        """`GET /health`."""
        well, report = await self.health.report()
        return web.json_response(report, status=200 if well else 503)

    async def post_invocation(self, request: web.Request) -> web.Response:
        """`Invoke`."""
        if not self.health.started():
            raise ApiError(503, "ServiceException", "the emulator is starting or stopping")
        _known(request, "Invoke", "Qualifier")
        body = await request.read()
        reply = await self.invoke(_name(request), request.query.get("Qualifier", ""), request.headers, body)
        return web.Response(status=reply.status, headers=dict(reply.headers), body=reply.body)

    async def get_function(self, request: web.Request) -> web.Response:
        """`GetFunction`."""
        _known(request, "GetFunction", "Qualifier")
        function = self.directory.find(_name(request), request.query.get("Qualifier", ""))
        return web.json_response(description(function, self.directory))

    async def get_configuration(self, request: web.Request) -> web.Response:
        """`GetFunctionConfiguration`."""
        _known(request, "GetFunctionConfiguration", "Qualifier")
        function = self.directory.find(_name(request), request.query.get("Qualifier", ""))
        return web.json_response(configuration(function, self.directory))

    async def list_functions(self, request: web.Request) -> web.Response:
        """`ListFunctions`; with FunctionVersion=ALL the same, for there is no version but $LATEST."""
        _known(request, "ListFunctions", "FunctionVersion", "Marker", "MaxItems")
        everything = [configuration(f, self.directory) for f in self.directory.functions.values()]
        items, marker = page(everything, request.query)
        return web.json_response({"Functions": items, **({"NextMarker": marker} if marker else {})})

    async def post_mapping(self, request: web.Request) -> web.Response:
        """`CreateEventSourceMapping`."""
        return web.json_response(self.mappings.create(await _body(request)), status=202)

    async def list_mappings(self, request: web.Request) -> web.Response:
        """`ListEventSourceMappings`."""
        _known(request, "ListEventSourceMappings", "EventSourceArn", "FunctionName", "Marker", "MaxItems")
        return web.json_response(self.mappings.list(request.query))

    async def get_mapping(self, request: web.Request) -> web.Response:
        """`GetEventSourceMapping`."""
        return web.json_response(self.mappings.get(_name(request)))

    async def put_mapping(self, request: web.Request) -> web.Response:
        """`UpdateEventSourceMapping`."""
        return web.json_response(self.mappings.update(_name(request), await _body(request)), status=202)

    async def delete_mapping(self, request: web.Request) -> web.Response:
        """`DeleteEventSourceMapping`."""
        return web.json_response(self.mappings.delete(_name(request)), status=202)

    async def forward_or_refuse(self, request: web.Request) -> web.Response:
        """Pass SQS's calls on; say the name of what is not built."""
        if self.sqs.wants(request):
            return await self.sqs(request)
        raise not_built(operation(request.method, request.path))


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
    api.journal.add_to(app)
    add("*", "/{tail:.*}", api.forward_or_refuse)
    return app


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    request_id = str(uuid.uuid4())
    try:
        response = await handler(request)
    except ApiError as error:
        log.warning("%s %s → %d %s: %s", request.method, request.path, error.status, error.kind, error.message)
        headers = {"x-amzn-ErrorType": error.kind}
        response = web.Response(status=error.status, headers=headers, body=error.body, content_type="application/json")
    response.headers.setdefault("x-amzn-RequestId", request_id)
    return response


def _name(request: web.Request) -> str:
    return request.match_info["name"]


def _known(request: web.Request, name: str, *parameters: str) -> None:
    unknown = sorted(set(request.query) - set(parameters))
    if unknown:
        raise not_built(f"{name} with {unknown[0]}")


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise ApiError(400, "InvalidRequestContentException", f"Could not parse request body: {error}") from error
    if not isinstance(body, dict):
        raise ApiError(400, "InvalidRequestContentException", "the request body must be a JSON object")
    return body
