"""A queue that takes every message at once and keeps it: what a measured function sends to."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from facepipe.bench.stub_server import StubHandler, stub_server


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as SendMessage brought it."""

    body: str
    attributes: Mapping[str, Mapping[str, str]]  #: DataType and StringValue by name
    trace_header: str


@dataclass(frozen=True, slots=True)
class StubQueue:
    """An HTTP server of this process that answers SendMessage and nothing else."""

    endpoint: str
    messages: list[SentMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its queue URL."""
        return f"{self.endpoint}/000000000000/stub"

    def keep(self, request: Mapping[str, Any]) -> SentMessage:
        """Keep the message of a request, and return it."""
        system = request.get("MessageSystemAttributes", {})
        trace_header = system.get("AWSTraceHeader", {}).get("StringValue", "")
        message = SentMessage(request["MessageBody"], request.get("MessageAttributes", {}), trace_header)
        self.messages.append(message)
        return message


@contextlib.contextmanager
def stub_queue() -> Iterator[StubQueue]:
    """Serve a queue on a free port of this machine for as long as the block lasts."""

    class Handler(StubHandler):
        def do_POST(self) -> None:  # noqa: N802  # http.server calls it
            message = queue.keep(json.loads(self.read_body()))
            self.answer_message(message.body, len(queue.messages))

    with stub_server(Handler) as address:
        queue = StubQueue(f"http://{address}")
        yield queue
