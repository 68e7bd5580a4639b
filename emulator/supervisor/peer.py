"""Finds the user at the other end of a loopback connection: on a shared machine, any user can connect."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Sequence

TABLE = "/proc/net/tcp"
IPV6_TABLE = "/proc/net/tcp6"
OWNER, INODE = 7, 9  #: columns of the tables


def is_this_user(peer: tuple[str, int], own: tuple[str, int]) -> bool:
    """Return whether the process at `peer` (address and port) that is connected to `own` belongs to this user.

    A socket that is already closed belongs to no user. If the kernel has no table of connections, the answer is True.
    """
    owners = owners_of(peer, own)
    return owners is None or owners == [os.getuid()]


def owners_of(peer: tuple[str, int], own: tuple[str, int]) -> Sequence[int] | None:
    """Return the user id of the process at `peer` that is connected to `own`; None if the kernel has no such table.

    The list is empty for a socket that is already closed, or that is on another machine or in another container.
    """
    family, table = (socket.AF_INET6, IPV6_TABLE) if ":" in peer[0] else (socket.AF_INET, TABLE)
    wanted = [_in_hexadecimal(family, peer), _in_hexadecimal(family, own)]
    try:
        with open(table, encoding="ascii") as lines:
            rows = [line.split() for line in lines]
    except OSError:
        return None
    return [int(row[OWNER]) for row in rows if row[1:3] == wanted and row[INODE] != "0"]


def _in_hexadecimal(family: socket.AddressFamily, place: tuple[str, int]) -> str:
    """Return an address and a port as the tables have them: the address is numbers in the machine's byte order."""
    packed = socket.inet_pton(family, place[0].partition("%")[0])
    numbers = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{number:08X}" for number in numbers) + f":{place[1]:04X}"
