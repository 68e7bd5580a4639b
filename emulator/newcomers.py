"""Connections to the link that have not shown a token yet: there are only so many of them."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST = 128


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Holds the connections that have not said hello. When there are too many, the oldest is cut.

    A supervisor says hello at once, so whoever floods the port cuts only its own connections.
    """

    most: int = MOST
    _writers: dict[asyncio.StreamWriter, None] = field(default_factory=dict)  #: in the order in which they came

    @contextlib.contextmanager
    def waiting(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        """Hold a connection while the block lasts; it may be cut meanwhile."""
        self._writers[writer] = None
        if len(self._writers) > self.most:
            oldest = next(iter(self._writers))
            del self._writers[oldest]
            oldest.transport.abort()
        try:
            yield
        finally:
            self._writers.pop(writer, None)
