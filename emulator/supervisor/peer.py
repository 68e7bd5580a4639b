"""Whose process is at the other end of a loopback connection: on a machine with several users it may be anybody's."""

from __future__ import annotations

import os
import socket
import struct

TABLE = "/proc/net/tcp"
OWNER, INODE = 7, 9  #: columns of the table


def is_this_user(peer: tuple[str, int], own: tuple[str, int]) -> bool:
    """Tell whether the process at `peer` (address and port) that is connected to `own` belongs to this user.

    A socket that is closed already belongs to nobody. Where the kernel does not tell, everybody is taken for this user.
    """
    wanted = [_in_hexadecimal(peer), _in_hexadecimal(own)]
    try:
        with open(TABLE, encoding="ascii") as table:
            rows = [line.split() for line in table]
    except OSError:
        return True
    owners = [int(row[OWNER]) for row in rows if row[1:3] == wanted and row[INODE] != "0"]
    return owners == [os.getuid()]


def _in_hexadecimal(place: tuple[str, int]) -> str:
    """Return an IPv4 address and a port as the table has them: the address is a number in the machine's byte order."""
    (address,) = struct.unpack("=I", socket.inet_aton(place[0]))
    return f"{address:08X}:{place[1]:04X}"
