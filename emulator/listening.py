"""Ports that the emulator listens on; a taken one is an error that names the option for another."""

import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from aiohttp import web

CLOSE_S = 1.0  #: that requests have which are being answered when a port is closed


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
        await web.TCPSite(runner, port.host, port.number).start()
        yield
    except OSError as error:
        raise port.taken(error) from error
    finally:
        await runner.cleanup()


def serve_app(app: web.Application, port: Port) -> contextlib.AbstractAsyncContextManager[None]:
    """Serve an application whose handlers are cancelled when their callers go away: polls for nobody take messages."""
    return serve(web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=CLOSE_S), port)


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """Yield a port of 127.0.0.1 for another program to listen on, which takes long to start.

    It stays bound here, so that no outgoing connection gets it meanwhile. On Linux the other program can bind it all
    the same, for this socket does not listen and both allow the reuse of addresses, as Python's servers do.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])
