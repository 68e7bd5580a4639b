"""Opens the emulator's ports. If a port is taken, the error names the option that chooses another port."""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from emulator.edge.broken_requests import server_log
from emulator.edge.connections import IDLE_S
from emulator.edge.gate import Gate, middleware
from emulator.edge.listener import Listener, bind
from emulator.setting_texts import MOST_PORT

CLOSE_S = 1.0  #: that requests have which are being answered when the emulator ends
#: What a connection may hold that nobody has read yet. Bodies go to their readers as they came: a function gets what
#: its caller sent, compressed or not, and a small body that unpacks to a large one costs nothing here.
_SERVER: dict[str, Any] = {
    "access_log": None,
    "handler_cancellation": True,
    "auto_decompress": False,
    "read_bufsize": 1 << 16,
    "keepalive_timeout": IDLE_S,
}


class PortError(RuntimeError):
    """The emulator cannot listen on a port; the message names the cure."""


class TakenPortError(PortError):
    """Another program listens on the port."""


@dataclass(frozen=True, slots=True)
class Port:
    """Where to listen, and the option that sets it."""

    host: str
    number: int
    option: str
    further: tuple[str, ...] = ()  #: further addresses to listen on, with the same port number

    def refused(self, error: OSError) -> PortError:
        """Return the error for a port that cannot be listened on, such as one that another program has."""
        reason = os.strerror(error.errno) if error.errno else str(error)
        if error.errno == errno.EADDRINUSE:
            who = "another program, perhaps an emulator, listens on it"
            return TakenPortError(
                f"port {self.number} is taken ({who}): stop that, or choose another with {self.option}"
            )
        cure = f"choose another with {self.option}"
        return PortError(f"port {self.number} cannot be listened on ({reason}): {cure}")

    def check(self) -> None:
        """Raise `PortError` for a number that no port has; function URLs after the first have higher ones."""
        if self.number > MOST_PORT:
            raise PortError(f"there is no port {self.number}: choose a lower one with {self.option}")


@contextlib.contextmanager
def refused_ports(port: Port) -> Iterator[None]:
    """Turn the error of a port that cannot be listened on into a `PortError`."""
    try:
        yield
    except OSError as error:
        raise port.refused(error) from error


def is_free(port: Port) -> bool:
    """Return whether the emulator could listen on a port now."""
    try:
        with socket.create_server(
            (port.host, port.number), family=socket.AF_INET6 if ":" in port.host else socket.AF_INET
        ):
            return True
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class OpenServer:
    """A server whose port is open."""

    listener: Listener
    server: web.Server

    async def finish(self) -> None:
        """Wait until every request has been answered, however long that takes; the listener is closed already."""
        await asyncio.sleep(0)  # requests that have just arrived are begun
        self.server.pre_shutdown()
        await self.server.shutdown()


@contextlib.asynccontextmanager
async def serve_handler(handler: Any, port: Port, gate: Gate) -> AsyncIterator[OpenServer]:
    """Serve HTTP with one handler while the block lasts; the handler calls the gate itself."""
    server = web.Server(handler, logger=server_log(), **_SERVER)
    async with _serve(web.ServerRunner(server, shutdown_timeout=CLOSE_S), port, gate) as listener:
        yield OpenServer(listener, server)


@contextlib.asynccontextmanager
async def serve_app(app: web.Application, port: Port, gate: Gate) -> AsyncIterator[Listener]:
    """Serve an application behind a gate while the block lasts.

    A handler is cancelled when its caller disconnects; otherwise an abandoned poll would take messages.
    """
    app.middlewares.insert(0, middleware(gate))
    async with _serve(web.AppRunner(app, shutdown_timeout=CLOSE_S, logger=server_log(), **_SERVER), port, gate) as it:
        yield it


@contextlib.asynccontextmanager
async def _serve(runner: web.BaseRunner, port: Port, gate: Gate) -> AsyncIterator[Listener]:
    port.check()
    await runner.setup()
    try:
        sockets = await bind([port.host, *port.further], port.number)
    except OSError as error:
        await runner.cleanup()
        raise port.refused(error) from error
    server = runner.server
    assert server is not None  # noqa: S101  # after setup() there is one
    listener = Listener(sockets, gate.connections, lambda: gate.connections.add(server()))
    listener.start()
    try:
        yield listener
    finally:
        listener.close()
        await runner.cleanup()
