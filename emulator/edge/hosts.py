"""Decides which host names lead to this machine, and which of them an attacker's page could use."""

import ipaddress
import re
from collections.abc import Collection

from emulator.aws.endpoint_names import is_endpoint

DOCKER_HOST = "host.docker.internal"  #: the names by which containers reach their host machine
_SINGLE_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_NAME = re.compile(rf"{_SINGLE_LABEL.pattern}(\.{_SINGLE_LABEL.pattern})*")
_PORT = re.compile(r":\d{0,5}$")


class HostError(ValueError):
    """A text is not a host name; the message says what to write."""


def host_in(authority: str) -> str:
    """Return the host of a Host header or of an origin's authority: without port, in lower case."""
    host = _PORT.sub("", authority.strip().lower())
    return host.removesuffix(".") if host != "." else host


def is_ours(host: str, allowed: Collection[str]) -> bool:
    """Return whether a request with this Host header may be meant for the emulator.

    A page can make its own domain resolve to 127.0.0.1 (DNS rebinding), and then counts as of the same origin as what
    answers there. It cannot do so with an address, with a name without dots, with names that resolve on this machine
    or network only, or with names whose DNS is Amazon's.
    """
    return (
        host in allowed
        or host == DOCKER_HOST
        or host.endswith((".localhost", ".local"))
        or address_in(host) is not None
        or _SINGLE_LABEL.fullmatch(host) is not None
        or is_endpoint(host)
    )


def is_loopback(host: str) -> bool:
    """Return whether this machine itself serves the pages of a host.

    The address 0.0.0.0, which `python3 -m http.server` shows as its own, leads to this machine as well.
    """
    address = address_in(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    is_own_address = address is not None and (address.is_loopback or address.is_unspecified)
    return host == "localhost" or host.endswith(".localhost") or is_own_address


def address_in(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return a host's IP address; None if the host is a name. IPv6 addresses stand in brackets."""
    try:
        if host.startswith("[") and host.endswith("]"):
            return ipaddress.IPv6Address(host[1:-1])
        return ipaddress.IPv4Address(host)
    except ValueError:
        return None


def read_allowed_host(text: str) -> str:
    """Return a host that a setting allows, without its port; raise `HostError` if the text is not a host."""
    host = host_in(text)
    if not _NAME.fullmatch(host) and address_in(host) is None:
        raise HostError("write a host name alone, such as my-tunnel.example")
    return host
