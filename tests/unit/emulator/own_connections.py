"""A connection of this process to itself."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from emulator.edge.peer_owner import Ends


@contextlib.contextmanager
def own_connection(host: str) -> Iterator[tuple[Ends, socket.socket]]:
    """Yield the ends of a connection as its server sees them, and the client's socket."""
    with contextlib.ExitStack() as stack:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listener = stack.enter_context(socket.create_server((host, 0), family=family))
        except OSError:
            pytest.skip(f"this machine has no {host}")
        client = stack.enter_context(socket.create_connection((host, listener.getsockname()[1])))
        accepted = stack.enter_context(listener.accept()[0])
        yield (accepted.getpeername()[:2], accepted.getsockname()[:2]), client
