"""A set of ports for one more emulator on this machine."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

from emulator.listening import PortError
from emulator.settings import Ports

FIRST, LAST = 12_000, 32_000  #: below the ports that the system gives to outgoing connections
PORT_SPACING = 24


def free_ports() -> Ports:
    """Return ports that are free right now, laid out as the usual ones, with room for ten function URLs.

    They lie below those that the system gives to outgoing connections: one of these could be taken a moment later.
    Another process that chooses ports before this one listens gets other ports.
    """
    for _ in range(100):
        base = _next_base()
        if all(_is_free(base + offset) for offset in range(20)):
            return Ports(base, base + 1, base + 2, base + 3, base + 4)
    raise PortError(f"no twenty free ports in a row between {FIRST} and {LAST}: stop what uses them")


def _next_base() -> int:
    """Return the first port of the next set: the processes of one user go through all sets together, one after another.

    A file of the user has the last one. Without it the choice is random.
    """
    sets = range(FIRST, LAST, PORT_SPACING)
    chosen = random.SystemRandom().choice(sets)  # a test may have seeded the usual generator, and its neighbour too
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(_last_choice(), flags, 0o600), "r+", errors="replace") as file:
            if os.fstat(file.fileno()).st_uid != os.getuid():
                return chosen  # another user could hold the lock for ever
            fcntl.flock(file, fcntl.LOCK_EX)
            last = file.read(6)
            if last.isdecimal() and int(last) in sets:
                chosen = sets[(sets.index(int(last)) + 1) % len(sets)]
            file.seek(0)
            file.truncate()
            file.write(str(chosen))
    except OSError:
        pass
    return chosen


def _last_choice() -> Path:
    return Path(tempfile.gettempdir()) / f"facepipe-ports-{os.getuid()}"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
