"""Finds out whether debuggers are attached to functions: then no client gives up, because a call may take hours."""

from collections.abc import Collection

from facepipe.client.api import ask_soon
from facepipe.client.endpoints import EndpointError

WAITING = "waiting"  #: the function is debugged, and no debugger is attached


def debuggers_at(api: str) -> Collection[str]:
    """Return the state of each debugged function: `waiting`, `attached` or `held`."""
    if not api:
        return ()
    try:
        debuggers = ask_soon(api, "/health").get("debuggers")
    except EndpointError:
        return ()
    return [str(state) for state in debuggers.values()] if isinstance(debuggers, dict) else ()


def is_debugging(debuggers: Collection[str]) -> bool:
    """Return whether a debugger is attached to a function."""
    return any(state != WAITING for state in debuggers)
