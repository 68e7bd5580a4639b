"""The functions' endpoint: AWS as a function finds it. SQS, Invoke and what Lambda can be asked; nothing is changed."""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from emulator.lambda_api.errors import ApiError
from emulator.lambda_api.operations import operation
from emulator.lambda_api.server import Api, create_api

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SERVED = "the functions' endpoint serves lambda and sqs"
#: in Lambda's API all reads are GET, and what calls a function is POST; pages have no date in their path
_READ = re.compile(r"/\d{4}-\d\d-\d\d/")
_CALL = re.compile(r"/\d{4}-\d\d-\d\d/functions/[^/]+/(invocations|invoke-async/?|response-streaming-invocations)")


def create_functions_endpoint(api: Api, elsewhere: str) -> web.Application:
    """Return the application that functions reach; `elsewhere` says where changes are made instead."""
    services = replace(api.services, served=SERVED, public_sqs="")

    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let through what a function may ask for: other services and SQS first, for any path may be theirs."""
        if answer := await services.answer(request, await request.read()):
            return answer
        method, path = request.method, request.rel_url.raw_path
        if (method == "GET" and _READ.match(path)) or (method == "POST" and _CALL.fullmatch(path)):
            return await handler(request)
        message = f"{operation(method, path)} is not for functions, which may use SQS, invoke and look: use {elsewhere}"
        raise ApiError(403, "AccessDeniedException", message)

    app = create_api(api)
    app.middlewares.append(gate)  # innermost: its errors are written as all of the API's
    return app
