"""Ports that the emulator listens on; a taken one is an error that names the option for another."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web


class PortError(RuntimeError):
    """A port cannot be listened on; the message names the cure."""


@dataclass(frozen=True, slots=True)
class Port:
    """Where to listen, and the option that says so."""

    host: str
    number: int
    option: str

    def taken(self, error: OSError) -> PortError:
        """Return the error for a port that something else listens on."""
        reason = error.strerror
        cure = f"stop what uses it, or choose another with {self.option}"
        return PortError(f"port {self.number} cannot be listened on ({reason}): {cure}")


@contextlib.asynccontextmanager
async def serve(runner: web.BaseRunner, port: Port) -> AsyncIterator[None]:
    """Serve HTTP for as long as the block lasts."""
    await runner.setup()
    try:
        await web.TCPSite(runner, port.host, port.number, shutdown_timeout=1).start()
        yield
    except OSError as error:
        raise port.taken(error) from error
    finally:
        await runner.cleanup()


async def check_free(port: Port) -> None:
    """See that a port is free that another program will listen on, whose own error nobody would see."""
    try:
        server = await asyncio.start_server(lambda *_: None, port.host, port.number)
    except OSError as error:
        raise port.taken(error) from error
    server.close()
    await server.wait_closed()
