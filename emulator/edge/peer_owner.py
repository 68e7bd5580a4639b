"""Finds the user whose program is at the other end of a connection: on a shared machine, every user can connect."""

import os
from enum import Enum
from ipaddress import ip_address

from aiohttp import web

from emulator.supervisor.peer import owners_of

ROOT = 0  #: may do everything anyway

Ends = tuple[tuple[str, int], tuple[str, int]]  #: the caller's address and port, and ours


class PeerOwner(Enum):
    """Whose program has sent a request."""

    THIS_USER = "this user"  #: the emulator's user, or root
    ANOTHER_USER = "another user"
    GONE = "gone"  #: a program of this machine that has closed its connection, so that nobody knows its user
    ELSEWHERE = "elsewhere"  #: a program on another machine, in another container, or behind Docker's proxy
    UNKNOWN = "unknown"  #: this system does not tell (it has no /proc/net/tcp)


def owner_of(ends: Ends | None) -> PeerOwner:
    """Return whose program is at the other end; it reads the kernel's table, so call it in a thread."""
    if ends is None:
        return PeerOwner.GONE
    owners = owners_of(*ends)
    if owners is None:
        return PeerOwner.UNKNOWN
    if owners:
        return PeerOwner.THIS_USER if set(owners) <= {os.geteuid(), ROOT} else PeerOwner.ANOTHER_USER
    return PeerOwner.GONE if _is_on_this_machine(ends) else PeerOwner.ELSEWHERE


def ends_of(request: web.BaseRequest) -> Ends | None:
    """Return both ends of a request's connection; None if it is closed."""
    transport = request.transport
    peer, own = (transport.get_extra_info(name) for name in ("peername", "sockname")) if transport else (None, None)
    return (peer[:2], own[:2]) if peer and own else None


def _is_on_this_machine(ends: Ends) -> bool:
    """Return whether a connection cannot have come from anywhere else: a loopback address is reached from here only."""
    peer, own = (ip_address(host) for host, _ in ends)
    return peer.is_loopback or own.is_loopback or peer == own
