"""Receives the datagrams with which functions say that they ran."""

import json
import socket
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from facepipe.bench.peers.measured_peer import PeerError

BUFFER_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Notes:
    """A socket that functions send to."""

    socket: socket.socket

    @property
    def address(self) -> str:
        """Return HOST:PORT."""
        host, port = self.socket.getsockname()
        return f"{host}:{port}"

    def wait(self, bodies: Collection[str], within_s: float) -> dict[str, float]:
        """Return for each message when its function noted it first, by the machine's clock. Raises `PeerError`."""
        missing, found, end = set(bodies), dict[str, float](), time.monotonic() + within_s
        while missing:
            left = end - time.monotonic()
            if left <= 0:
                raise PeerError(
                    f"{len(missing)} of {len(bodies)} messages did not reach the function in {within_s:g} s"
                )
            self.socket.settimeout(left)
            try:
                told = json.loads(self.socket.recv(65_536))
            except TimeoutError:
                continue
            for body in missing.intersection(told["bodies"]):
                found[body] = told["at"]
                missing.discard(body)
        return found


@contextmanager
def open_notes() -> Iterator[Notes]:
    """Open a socket while the block lasts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        receiver.bind(("127.0.0.1", 0))
        yield Notes(receiver)
