"""The key of the user who runs the emulator: a file that only this user can read."""

import os
import secrets
import stat
from pathlib import Path

from emulator.function_url.signature import KeyPair

ACCESS_KEY_ID = "facepipe-owner"


class OwnerKeyError(RuntimeError):
    """The key's file cannot be used; the message names it and the cure."""


def read_or_make_key(path: Path) -> KeyPair:
    """Return the key pair with the secret from a file; create the file if it does not exist."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return KeyPair(ACCESS_KEY_ID, _read(path))
    except OSError as error:
        raise OwnerKeyError(f"the key file {path} cannot be written ({error.strerror}): name another") from error
    secret = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{secret}\n")
    return KeyPair(ACCESS_KEY_ID, secret)


def _read(path: Path) -> str:
    try:
        status = path.stat()
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OwnerKeyError(f"the key file {path} cannot be read ({error}): remove it, or name another") from error
    if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid != os.geteuid():
        raise OwnerKeyError(f"the key file {path} must be readable by this user only: chmod 600 it, or remove it")
    if len(secret) < 16:
        raise OwnerKeyError(f"the key file {path} holds no key of 16 characters or more: remove it for a new one")
    return secret
