"""Accepts connections at one port as soon as there is room for them.

asyncio's own servers accept every connection, until the process has no descriptors left for anything else.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.edge.connections import Connections

log = logging.getLogger(__name__)

BACKLOG = 1_024  #: the number of connections that wait in the kernel
PAUSE_S = 0.1  #: the pause after a connection could not be accepted


@dataclass(slots=True)
class Listener:
    """One port's listening sockets; `protocol` creates the protocol of each connection."""

    sockets: list[socket.socket]
    connections: Connections
    protocol: Callable[[], asyncio.Protocol]
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _waiting: set[socket.socket] = field(default_factory=set)  #: accepted, and waiting for room
    _complained: bool = False
    _closed: bool = False

    def start(self) -> None:
        """Accept connections from now on."""
        for listening in self.sockets:
            self._listen(listening)
        self._keep(self.connections.sweep())

    def add(self, sockets: Sequence[socket.socket]) -> None:
        """Accept connections at further sockets as well."""
        self.sockets += sockets
        for listening in sockets:
            self._listen(listening)

    def close(self) -> None:
        """Stop accepting connections; open connections stay."""
        if self._closed:
            return
        self._closed = True
        for listening in self.sockets:
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()
        for task in self._tasks:
            task.cancel()
        for client in self._waiting:
            client.close()

    def _listen(self, listening: socket.socket) -> None:
        if not self._closed:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        """Accept one connection, and no further one until there was room for it."""
        loop = asyncio.get_running_loop()
        try:
            client, _ = listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):  # the client has disconnected
            return
        except OSError as error:  # no descriptor is left
            self._log_failure(error)
            loop.remove_reader(listening)
            loop.call_later(PAUSE_S, self._listen, listening)
            return
        client.setblocking(False)
        loop.remove_reader(listening)
        self._waiting.add(client)
        self._keep(self._serve(client, listening))

    async def _serve(self, client: socket.socket, listening: socket.socket) -> None:
        await self.connections.room()
        self._waiting.discard(client)
        with contextlib.suppress(OSError):  # the client has disconnected
            await asyncio.get_running_loop().connect_accepted_socket(self.protocol, client)
        self._listen(listening)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _log_failure(self, error: OSError) -> None:
        if not self._complained:
            self._complained = True
            log.warning("a connection cannot be accepted (%s); it is tried again, and this is logged once", error)


async def bind(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """Return sockets that listen on all addresses of these hosts; `OSError` when one is taken."""
    loop = asyncio.get_running_loop()
    found = [
        info
        for host in hosts
        for info in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    ]
    sockets: list[socket.socket] = []
    try:
        for family, address in dict.fromkeys((info[0], info[4]) for info in found):
            listening = socket.create_server(address, family=family, backlog=BACKLOG)
            listening.setblocking(False)
            sockets.append(listening)
    except OSError:
        for listening in sockets:
            listening.close()
        raise
    return sockets
