"""Accepts connections of one port, when there is room for them.

asyncio's own servers accept whatever comes, until the process has no descriptors left for anything else.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from emulator.edge.connections import Connections

log = logging.getLogger(__name__)

BACKLOG = 1_024  #: of connections that the kernel keeps for us
PAUSE_S = 0.1  #: after a connection that could not be accepted


@dataclass(slots=True)
class Listener:
    """One port's listening sockets; `protocol` makes what serves a connection."""

    sockets: Sequence[socket.socket]
    connections: Connections
    protocol: Callable[[], asyncio.Protocol]
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _complained: bool = False

    def start(self) -> None:
        """Accept connections from now on."""
        self._tasks = [asyncio.ensure_future(self._accept(listening)) for listening in self.sockets]
        self._tasks.append(asyncio.ensure_future(self.connections.sweep()))

    def close(self) -> None:
        """Accept none any more; those that there are stay."""
        for task in self._tasks:
            task.cancel()
        for listening in self.sockets:
            listening.close()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(listening)
            except OSError as error:  # no descriptor is left, or the client has gone
                self._complain(error)
                await asyncio.sleep(PAUSE_S)
                continue
            try:
                await self.connections.room()
                await loop.connect_accepted_socket(self.protocol, client)
            except OSError:  # the client has gone
                client.close()
            except asyncio.CancelledError:
                client.close()
                raise

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            self._complained = True
            log.warning("a connection cannot be accepted (%s); it is tried again, and this is told once", error)


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
