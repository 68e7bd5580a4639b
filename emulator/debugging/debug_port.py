"""The port on which debuggers attach to a function: connects each with debugpy in the function's environment.

The port stays the same while environments come and go, and what passes shows when a debugger holds the function.
A debugger can run any code in the function, so only processes of this user are let in.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from emulator.debugging.dap import framed
from emulator.debugging.debuggers import Debugger
from emulator.edge.peer_owner import PeerOwner, owner_of
from emulator.listening import Port, refused_ports

log = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 16
CONNECT_PAUSE_S = 0.05  #: between attempts to reach a debugpy that is being started
#: of what a debugger sends. A page in a browser can send a message in the body of a POST, which debugpy would take
BEGINNING = b"Content-"
PART_S = 5.0  #: the most that debugpy may take to detach
DISCONNECT = framed(
    {"seq": 1 << 30, "type": "request", "command": "disconnect", "arguments": {"terminateDebuggee": False}}
)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class DebugPort:
    """The port of one debugged function."""

    debugger: Debugger
    port: Port
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        """Take debuggers while the block lasts. Raises `PortError` if the port is taken."""
        connections = set[asyncio.Task[None]]()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._connected(reader, writer))
            connections.add(task)
            task.add_done_callback(connections.discard)

        with refused_ports(self.port):
            server = await asyncio.start_server(connected, self.port.host, self.port.number)
        try:
            yield
        finally:
            server.close()
            for task in connections:
                task.cancel()
            await asyncio.gather(*connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = self.debugger.function
        try:
            if not await asyncio.to_thread(_is_of_this_user, writer):
                log.warning("%s: a debugger of another user was refused: it could run any code as this user", name)
                return
            first = await reader.readexactly(len(BEGINNING))
            if first != BEGINNING:
                log.warning(
                    "%s: a connection that is not a debugger's was refused at the port for debuggers",
                    name,
                )
                return
            if self.turn.locked():
                log.info("%s: another debugger is attached; this one waits until it has left", name)
            async with self.turn:  # debugpy has one debugger at a time, and hangs if the next comes too early
                if debugpy := await self._reach(reader):
                    debugpy[1].write(first)
                    await self._relay((reader, writer), debugpy)
        except (OSError, EOFError) as error:
            log.info("%s: the connection of a debugger broke (%s)", name, error)
        finally:
            writer.close()

    async def _reach(self, client: asyncio.StreamReader) -> Streams | None:
        """Connect to debugpy, as soon as an environment has started it; None if the debugger has gone meanwhile."""
        while not client.at_eof():
            host, port = await self.debugger.offer()
            try:
                return await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(CONNECT_PAUSE_S)
        return None

    async def _relay(self, client: Streams, debugpy: Streams) -> None:
        """Pass everything on in both directions until both sides have ended."""
        with self.debugger.session() as session:

            def watch(chunk: bytes) -> None:
                if session.feed(chunk):
                    self.debugger.update()

            there = asyncio.ensure_future(_copy(client[0], debugpy[1], lambda _: None))
            back = asyncio.ensure_future(_copy(debugpy[0], client[1], watch))
            try:
                await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
                if not back.done():
                    await self._part(debugpy[1], back)
            finally:
                debugpy[1].close()
                there.cancel()
                back.cancel()
                await asyncio.gather(there, back, return_exceptions=True)

    async def _part(self, debugpy: asyncio.StreamWriter, back: asyncio.Future[None]) -> None:
        """Detach in place of a debugger that has gone without doing so, and wait until debugpy is free for another."""
        with contextlib.suppress(OSError):
            debugpy.write(DISCONNECT)
            await debugpy.drain()
        if not (await asyncio.wait({back}, timeout=PART_S))[0]:
            log.warning("%s: debugpy does not let go of the last debugger", self.debugger.function)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter, watch: Callable[[bytes], None]) -> None:
    """Pass on and read all bytes until the end of the stream; bytes for a closed target are dropped."""
    while chunk := await source.read(CHUNK_BYTES):
        watch(chunk)
        with contextlib.suppress(OSError):
            target.write(chunk)
            await target.drain()


def _is_of_this_user(writer: asyncio.StreamWriter) -> bool:
    """Return whether the kernel says that the process at the other end belongs to this user or to root."""
    peer, own = writer.get_extra_info("peername"), writer.get_extra_info("sockname")
    return owner_of((peer[:2], own[:2]) if peer and own else None) is PeerOwner.THIS_USER
