"""The ports of an emulator that environments do not need to start: queues, the API, the functions' endpoint."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING

from emulator.edge.listener import Listener, bind
from emulator.edge.page_token import needs_page_token
from emulator.edge.private_pages import for_this_user
from emulator.endpoints.functions_endpoint import create_functions_endpoint
from emulator.endpoints.further_services import further_services
from emulator.endpoints.queue_port import BODY_BYTES as CALL_BYTES
from emulator.endpoints.queue_port import create_queue_port
from emulator.lambda_api.server import BODY_BYTES as REQUEST_BYTES
from emulator.lambda_api.server import create_api
from emulator.link.link_port import Listen
from emulator.listening import Port, refused_ports, serve_app
from emulator.parts.foundation import Foundation
from emulator.parts.parts import Parts
from emulator.parts.served_api import served_api

if TYPE_CHECKING:
    from emulator.containers.container_runner import ContainerRunner


@contextlib.asynccontextmanager
async def served_ports(
    base: Foundation, parts: Parts, serving: Callable[[], bool], link: Listen
) -> AsyncIterator[None]:
    """Serve SQS and the API; `serving` returns whether functions may be called now."""
    number = base.settings.ports.sqs
    port, queue_port = Port(base.settings.host, number, "--sqs-port"), create_queue_port(parts.queues.calls(), number)
    async with serve_app(queue_port, port, base.edge.gate(CALL_BYTES)):
        await parts.queues.queues.create()
        async with _api_ports(base, parts, serving) as endpoint:
            if parts.containers:
                await _listen_to_containers(base, parts.containers, endpoint, link)
            yield


async def _listen_to_containers(
    base: Foundation, containers: "ContainerRunner", endpoint: Listener, listen_to_supervisors: Listen
) -> None:
    """Listen on the networks of the functions' containers too: on those of now, and on those that come later."""
    port = Port("", base.settings.ports.functions, "--functions-port")

    async def listen(addresses: Sequence[str]) -> None:
        with refused_ports(port):
            endpoint.add(await bind(addresses, port.number))
        await listen_to_supervisors(addresses)

    containers.networks.open(listen)
    for function in base.stack.functions:
        await containers.networks.of(function)


@contextlib.asynccontextmanager
async def _api_ports(base: Foundation, parts: Parts, serving: Callable[[], bool]) -> AsyncIterator[Listener]:
    """Serve the API, and the part of it that functions may call; yield the port of that part."""
    page_token = secrets.token_urlsafe(24)
    settings, ports, api = base.settings, base.settings.ports, served_api(base, parts, serving, page_token)
    guarded = create_api(api)
    guarded.middlewares.extend([for_this_user, needs_page_token(page_token)])
    first, *others = settings.functions_listen
    functions_port = Port(first, ports.functions, "--functions-port", tuple(others))
    api_port, gate = Port(settings.host, ports.api, "--api-port"), base.edge.gate(REQUEST_BYTES, navigable=True)
    async with further_services(settings.project.endpoints) as further:
        functions = create_functions_endpoint(api, f"port {ports.api}", further)
        async with (
            serve_app(functions, functions_port, base.edge.gate(REQUEST_BYTES)) as endpoint,
            serve_app(guarded, api_port, gate),
        ):
            yield endpoint
