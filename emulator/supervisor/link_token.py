"""The function's token: the supervisor shows it to the emulator, and the emulator shows it with every invocation."""

from __future__ import annotations

import hmac
from collections.abc import MutableMapping

from emulator.supervisor.http1 import Response

LINK_VARIABLE = "FACEPIPE_LINK_TOKEN"  #: in local mode the emulator gives the token to the supervisor in this variable
LINK_FILE = "/run/facepipe/token"  #: in a container the supervisor reads the token from this file
LINK_HEADER = "Facepipe-Token"  #: invocations carry the token in this header


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
