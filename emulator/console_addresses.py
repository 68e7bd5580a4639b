"""Reads the addresses of the services that the console's pages may use."""

import re
from collections.abc import Sequence

from emulator import setting_texts as texts
from emulator.setting import Setting, TextError

SOCKET = "unix:"  #: an address that begins so is the file of a socket
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


def read_addresses(texts: Sequence[str]) -> dict[str, str]:
    """Read `NAME=unix:FILE` or `NAME=http://HOST:PORT`."""
    found = {}
    for text in texts:
        name, _, address = text.partition("=")
        known = address.startswith(("http://", SOCKET + "/"))
        if not _NAME.fullmatch(name) or not known:
            raise TextError(text, "write it as name=unix:/path/of/a/socket or name=http://host:port")
        found[name] = address.rstrip("/")
    return found


CONSOLE_SERVICES = Setting(
    "A service of the application that the console's pages may use, under /services/NAME/ of the API's port.",
    "--console-service",
    "FACEPIPE_CONSOLE_SERVICES",
    read=read_addresses,
    write=texts.write_pairs,
    split=str.split,
    metavar="NAME=ADDRESS",
)
