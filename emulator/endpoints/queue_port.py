"""The queue port: SQS for programs on this machine, whichever server has the queues."""

from aiohttp import web

from emulator.edge.gate import read
from emulator.endpoints.services import Services
from emulator.queues.queue_service import SqsCalls

BODY_BYTES = 16 << 20  #: per call; SQS takes 1 MiB of messages, and the escapes of JSON and forms make them longer


def create_queue_port(calls: SqsCalls, port: int) -> web.Application:
    """Return the application that the queue port serves: every call of SQS, and refusals by name."""
    services = Services(calls, f"port {port} serves sqs", usual="sqs")

    async def answer(request: web.Request) -> web.StreamResponse:
        return await services.answer(request, await read(request)) or web.Response(status=404)

    app = web.Application(client_max_size=BODY_BYTES)
    app.router.add_route("*", r"/{path:[\s\S]*}", answer)  # a path may contain an escaped line break
    return app
