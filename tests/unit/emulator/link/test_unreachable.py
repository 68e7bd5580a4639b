"""What a broken connection says about the call that went over it."""

import asyncio
import socket
from collections.abc import Callable

import aiohttp
import pytest

from emulator.environments.environment import Engine
from emulator.failures import EngineGoneError
from emulator.invocation import Invocation
from emulator.link.rie import RieClient, connection
from emulator.link.runtime_api import RuntimeApi
from emulator.link.supervisor_connections import SupervisorConnections

CALL = Invocation("f", "r", b"{}")


def rie(http: aiohttp.ClientSession, _: SupervisorConnections, port: int) -> Engine:
    return RieClient(http, f"127.0.0.1:{port}", "t", 3)


def runtime_api(_: aiohttp.ClientSession, connections: SupervisorConnections, port: int) -> Engine:
    return RuntimeApi(connections, f"127.0.0.1:{port}", "t", 3, "arn")


def close(listener: socket.socket) -> None:
    """Nobody listens."""
    listener.close()


def reset(listener: socket.socket) -> None:
    """Die before the call is read: the kernel resets the connection."""
    with listener, listener.accept()[0] as peer:
        peer.recv(1)


def end(listener: socket.socket) -> None:
    """Die after the call is read."""
    with listener, listener.accept()[0] as peer:
        request = b""
        while not request.endswith(b"\r\n\r\n{}"):
            request += peer.recv(4096)


@pytest.mark.parametrize("make", [rie, runtime_api])
@pytest.mark.parametrize(("peer", "taken"), [(close, False), (reset, False), (end, True)])
def test_a_call_that_did_not_arrive_was_not_taken(make: Callable, peer: Callable, taken: bool) -> None:
    async def run() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        acting = asyncio.ensure_future(asyncio.to_thread(peer, listener))
        if peer is close:
            await acting
        async with connection() as http, SupervisorConnections() as connections:
            with pytest.raises(EngineGoneError) as gone:
                await make(http, connections, port).call(CALL)
        await acting
        assert gone.value.taken is taken

    asyncio.run(run())
