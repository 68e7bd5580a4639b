"""Serves connections, each in its own task. The number of connections that are not admitted yet is limited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

MOST_UNADMITTED = 64  #: the most connections that may wait for admission; if there are more, the oldest is closed


class StreamServer:
    """A listening port. A connection's handler calls `admit` as soon as it has verified the caller."""

    def __init__(
        self, serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], head_bytes: int
    ) -> None:
        self._serve = serve
        self._head_bytes = head_bytes
        self._server: asyncio.AbstractServer | None = None
        self._connections: set[asyncio.Future[None]] = set()
        self._unadmitted: dict[asyncio.Future[None], asyncio.StreamWriter] = {}  #: in order of arrival

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port; port 0 means any that is free. Raises `OSError` when the port is taken."""
        server = await asyncio.start_server(self._connected, host, port, limit=self._head_bytes)
        self._server = server
        return int(server.sockets[0].getsockname()[1])

    def admit(self) -> None:
        """Admit the connection of the current task."""
        current = asyncio.current_task()
        if current:
            self._unadmitted.pop(current, None)

    async def settle(self, timeout_s: float) -> None:
        """Wait until the connections of an ended process are closed; another process may hold them open for longer."""
        if self._connections:
            await asyncio.wait(self._connections, timeout=timeout_s)

    async def close(self) -> None:
        """Stop listening and close every connection."""
        if self._server:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        self._unadmitted[task] = writer
        task.add_done_callback(self._ended)
        if len(self._unadmitted) > MOST_UNADMITTED:
            oldest = next(iter(self._unadmitted))
            self._unadmitted.pop(oldest).transport.abort()

    def _ended(self, task: asyncio.Future[None]) -> None:
        self._connections.discard(task)
        self._unadmitted.pop(task, None)
