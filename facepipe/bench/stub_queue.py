"""A queue that takes every message at once and keeps it: what a measured function sends to."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from facepipe.bench.stub_server import SentMessage, StubHandler, stub_server


@dataclass(frozen=True, slots=True)
class StubQueue:
    """An HTTP server of this process that answers SendMessage and SendMessageBatch, and nothing else."""

    endpoint: str
    messages: list[SentMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its queue URL."""
        return f"{self.endpoint}/000000000000/stub"


@contextlib.contextmanager
def stub_queue() -> Iterator[StubQueue]:
    """Serve a queue on a free port of this machine for as long as the block lasts."""

    class Handler(StubHandler):
        def do_POST(self) -> None:  # noqa: N802  # http.server calls it
            self.take_message(self.read_body(), queue.messages)

    with stub_server(Handler) as address:
        queue = StubQueue(f"http://{address}")
        yield queue
