"""The functions' tokens. The emulator and a function's supervisors identify each other by them.

Every start of the emulator has new tokens. All are derived from one secret, so a function that is added later also has
a token.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

HEADER = "Facepipe-Token"  #: carries the token; supervisor/link_token.py repeats it, and a test compares the two
FILE = "token"
FILE_THERE = f"/run/facepipe/{FILE}"  #: in a function's containers; supervisor/link_token.py repeats it


class TokenError(RuntimeError):
    """The tokens cannot be given to the supervisors; the message names the folder and the cure."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of all functions, for one start of the emulator."""

    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def of(self, function: str) -> str:
        """Return the token of a function."""
        return hmac.new(self._secret, function.encode(), hashlib.sha256).hexdigest()

    def problem(self, function: str, token: object) -> str:
        """Return why a supervisor may not run this function; "" if it may. It compares in constant time."""
        if not isinstance(token, str) or not token:
            return f"it sent no token of the function {function}: a supervisor in a container finds it in {FILE_THERE}"
        if not hmac.compare_digest(self.of(function).encode(), token.encode("utf-8", "surrogatepass")):
            return f"it sent a token that is not the function {function}'s since the emulator's last start"
        return ""


def write_tokens(folder: Path, functions: Iterable[str], tokens: Tokens) -> None:
    """Write each function's token to `folder`/FUNCTION/token, from where its containers read it. Raises `TokenError`.

    A folder is a volume that only the containers of this function and the emulator mount, so it has to be there.
    """
    for function in functions:
        target = folder / function / FILE
        part = target.with_suffix(".part")
        try:
            part.unlink(missing_ok=True)
            part.touch(mode=0o600, exist_ok=False)
            part.write_text(tokens.of(function), encoding="ascii")
            part.replace(target)
        except OSError as error:
            raise TokenError(
                f"the token of the function {function} cannot be written to {target} ({error.strerror}): mount a volume"
                f" at {target.parent} that only this function's containers share, as compose.yaml does"
            ) from error
