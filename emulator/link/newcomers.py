"""Limits the number of connections to the link that have not shown a token yet."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST = 128


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Holds the connections that have not sent `hello` yet. When there are too many, the oldest is closed.

    A supervisor sends `hello` at once, so a client that floods the port loses only its own connections.
    """

    most: int = MOST
    _writers: dict[asyncio.StreamWriter, None] = field(default_factory=dict)  #: in order of arrival

    @contextlib.contextmanager
    def waiting(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        """Hold a connection while the block lasts; it may be closed meanwhile."""
        self._writers[writer] = None
        if len(self._writers) > self.most:
            oldest = next(iter(self._writers))
            del self._writers[oldest]
            oldest.transport.abort()
        try:
            yield
        finally:
            self._writers.pop(writer, None)
