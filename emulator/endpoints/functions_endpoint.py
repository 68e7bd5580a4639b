"""The functions' endpoint, which functions call as AWS: SQS, Lambda's Invoke and reads, servers of further services."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from emulator.endpoints.further_services import FurtherServices
from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.server import Api, create_api, read_http

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SERVED = "the functions' endpoint serves lambda and sqs"
CALLS = ("Invoke", "InvokeAsync", "InvokeWithResponseStream")


def create_functions_endpoint(api: Api, elsewhere: str, further: FurtherServices | None = None) -> web.Application:
    """Return the application that functions call; `elsewhere` names the port for operations that change something."""
    services = replace(api.services, served=SERVED, logs=None, roles=None, further=further, public_sqs="")

    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Allow the Lambda operations for functions, answer SQS calls, and refuse all others by name."""
        http = await read_http(request)
        operation = None if services.is_further(request, http.body) else api.operations.find(http)
        if operation is None and (answer := await services.answer(request, http.body)):
            return answer
        if operation and (operation.http["method"] == "GET" or operation.name in CALLS):  # Lambda's reads use GET
            return await handler(request)
        name = operation.name if operation else f"{request.method} {request.rel_url.raw_path}"
        message = f"{name} is not for functions, which may use SQS, Invoke and read operations: use {elsewhere}"
        raise ApiError(403, "AccessDeniedException", message)

    app = create_api(replace(api, pages=()))
    app.middlewares.append(gate)  # innermost, so that its errors have the format of the API's errors
    return app
