"""A set of ports for one more emulator on this machine."""

import random
import socket

from emulator.listening import PortError
from emulator.settings import Ports

FIRST, LAST = 12_000, 32_000  #: below the ports that the system gives to outgoing connections
PORT_SPACING = 24


def free_ports() -> Ports:
    """Return ports that are free right now, laid out as the usual ones, with room for ten function URLs.

    They lie below those that the system gives to outgoing connections: one of these could be taken a moment later.
    """
    for _ in range(100):
        base = random.randrange(FIRST, LAST, PORT_SPACING)  # noqa: S311  # no secret
        if all(_is_free(base + offset) for offset in range(20)):
            return Ports(base, base + 1, base + 2, base + 3, base + 4)
    raise PortError(f"no twenty free ports in a row between {FIRST} and {LAST}: stop what uses them")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
