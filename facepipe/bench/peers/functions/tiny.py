"""Functions that do next to nothing. They send a datagram to the client, which so learns when they ran."""

import json
import os
import socket
import time
from typing import Any

Event = dict[str, Any]

SOCKET = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
SLOW_S = 1.0


def echo(event: Event, _context: object) -> dict[str, int]:
    """Return the length of the body."""
    return {"length": len(event["body"])}


def echo_and_print(event: Event, context: object) -> dict[str, int]:
    """Do as `echo`, and print a line."""
    print(json.dumps({"called": True}), flush=True)  # noqa: T201  # a function's log
    return echo(event, context)


def note(event: Event, _context: object) -> dict[str, int]:
    """Send the bodies of the messages, and when this call began."""
    return _note(event, time.time())


def note_and_print(event: Event, _context: object) -> dict[str, int]:
    """Do as `note`, and print a line."""
    began = time.time()
    print(json.dumps({"messages": len(event["Records"])}), flush=True)  # noqa: T201  # a function's log
    return _note(event, began)


def slow(event: Event, _context: object) -> dict[str, int]:
    """Take a second, as a function does that waits for another service; then send when it ended."""
    time.sleep(SLOW_S)
    return _note(event, time.time())


def _note(event: Event, at: float) -> dict[str, int]:
    bodies = [record["body"] for record in event["Records"]]
    host, port = os.environ["NOTES"].split(":")
    SOCKET.sendto(json.dumps({"bodies": bodies, "at": at}).encode(), (host, int(port)))
    return {"length": len(bodies)}
