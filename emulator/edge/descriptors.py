"""Raises the limit of file descriptors of this process, and divides them among the ports."""

import contextlib
import resource
from collections.abc import Iterator

RESERVED = 256  #: for environments, files, and the emulator's own connections to other servers
MOST_DESCRIPTORS = 65_536  #: the most descriptors that an emulator can use
MOST_PER_PORT = 4_096
LEAST_PER_PORT = 8


@contextlib.contextmanager
def raised_limit() -> Iterator[None]:
    """Raise the limit of this process as far as it is useful and allowed, while the block lasts.

    Shells usually set a limit of 1,024, which a process may raise much further.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def lower_limit(most: int) -> None:
    """Lower the limit of this process. A new process needs this, because it inherits the raised limit of its parent."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft > most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def limit() -> int:
    """Return how many descriptors this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


def connections_per_port(descriptors: int, ports: int, passing_on: int) -> int:
    """Return how many connections a port may have; `passing_on` of the ports need a second one for each.

    At least a quarter of the descriptors stays for everything else.
    """
    reserved = max(RESERVED, descriptors // 4)
    each = (descriptors - reserved) // (ports + passing_on)
    return max(LEAST_PER_PORT, min(each, MOST_PER_PORT))
