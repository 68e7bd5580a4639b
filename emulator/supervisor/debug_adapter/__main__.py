"""debugpy's adapter, which takes connections of this user only: a debugger can run any code in the function.

debug_launch.py has debugpy start this folder instead of its own adapter, with FACEPIPE_DEBUGPY_ADAPTER as the folder of
that adapter. Without containers other users of the machine share the loopback address on which it listens.
"""

from __future__ import annotations

import functools
import importlib
import os
import runpy
import socket
import sys
from collections.abc import Callable
from typing import Any

BEGINNING = b"Content-"  #: of what a debugger sends
FIRST_BYTES_S = 5.0
PEER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peer.py")


def is_debugger(connection: socket.socket) -> bool:
    """Return whether the other end begins as a debugger does, and not as a browser, whose pages anybody writes."""
    connection.settimeout(FIRST_BYTES_S)
    try:
        return connection.recv(len(BEGINNING), socket.MSG_PEEK) == BEGINNING
    except OSError:
        return False
    finally:
        connection.settimeout(None)


def guarded(connected: Callable[[socket.socket], Any], admits: Callable[[socket.socket], bool]) -> Callable[..., Any]:
    """Return what takes a connection if it is admitted, and closes it otherwise."""

    @functools.wraps(connected)
    def take(connection: socket.socket) -> Any:
        if admits(connection):
            return connected(connection)
        connection.close()
        return None

    return take


def main() -> None:
    """Guard both ports of debugpy's adapter, for debuggers and for processes that are debugged, and run it."""
    adapter = os.environ.pop("FACEPIPE_DEBUGPY_ADAPTER")
    sys.path[0] = os.path.dirname(os.path.dirname(adapter))  # until now this folder
    clients: Any = importlib.import_module("debugpy.adapter.clients")
    servers: Any = importlib.import_module("debugpy.adapter.servers")
    del sys.path[0]
    is_this_user = runpy.run_path(PEER)["is_this_user"]

    def is_ours(connection: socket.socket) -> bool:
        return bool(is_this_user(connection.getpeername()[:2], connection.getsockname()[:2]))

    clients.Client = guarded(clients.Client, lambda connection: is_ours(connection) and is_debugger(connection))
    servers.Connection = guarded(servers.Connection, is_ours)  # here the adapter speaks first
    runpy.run_path(os.path.join(adapter, "__main__.py"), run_name="__main__")


if __name__ == "__main__":
    main()
