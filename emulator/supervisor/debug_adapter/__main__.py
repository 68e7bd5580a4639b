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

PEER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peer.py")


def guarded(connected: Callable[[socket.socket], Any], is_this_user: Callable[..., bool]) -> Callable[..., Any]:
    """Return what takes a connection if it comes from this user, and closes it otherwise."""

    @functools.wraps(connected)
    def take(connection: socket.socket) -> Any:
        if is_this_user(connection.getpeername()[:2], connection.getsockname()[:2]):
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
    clients.Client = guarded(clients.Client, is_this_user)
    servers.Connection = guarded(servers.Connection, is_this_user)
    runpy.run_path(os.path.join(adapter, "__main__.py"), run_name="__main__")


if __name__ == "__main__":
    main()
