"""The function's token, which the supervisor and the emulator prove to each other that they know."""

from __future__ import annotations

import hmac
from collections.abc import MutableMapping

from emulator.supervisor.http1 import Response

LINK_VARIABLE = "FACEPIPE_LINK_TOKEN"  #: how a supervisor on the same machine is given it
LINK_FILE = "/run/facepipe/token"  #: where a supervisor in a container finds it
LINK_HEADER = "Facepipe-Token"  #: that the emulator sends with every invocation


def take_token(environment: MutableMapping[str, str]) -> str:
    """Return the token from the environment and remove it there, so that the function does not inherit it."""
    return environment.pop(LINK_VARIABLE, "")


def read_token(given: str, path: str) -> str:
    """Return the token: the given one, else the file's. The emulator writes the file anew with every start of its own.

    It is "" when there is none: the emulator then refuses the connection and says why.
    """
    if given:
        return given
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def is_same_token(token: str, other: str) -> bool:
    """Compare two tokens in constant time; an empty token is never right."""
    return bool(token) and hmac.compare_digest(token.encode(), other.encode("utf-8", "surrogatepass"))


def unknown_caller() -> Response:
    """Return the answer for callers that do not send the function's token."""
    message = f"only the emulator may invoke this environment: the header {LINK_HEADER} is missing or wrong\n"
    return Response(403, message.encode(), {"Content-Type": "text/plain", "Connection": "close"})
