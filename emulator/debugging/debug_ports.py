"""The ports of all debugged functions."""

import contextlib
from collections.abc import AsyncIterator

from emulator.debugging.debug_port import DebugPort
from emulator.debugging.debuggers import Debuggers
from emulator.listening import Port


@contextlib.asynccontextmanager
async def debug_ports(debuggers: Debuggers, host: str) -> AsyncIterator[None]:
    """Serve the ports on which debuggers attach to functions, while the block lasts."""
    async with contextlib.AsyncExitStack() as exits:
        for debugger in debuggers.values():
            port = Port(host, debugger.port, f"--debug {debugger.function}=PORT")
            await exits.enter_async_context(DebugPort(debugger, port).serve())
        yield
