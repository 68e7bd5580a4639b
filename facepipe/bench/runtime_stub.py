"""Lambda's Runtime API and SQS for one function: what a start costs without an emulator and a queue server."""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from facepipe.bench.stub_server import SentMessage, StubHandler, stub_server

API = "/2018-06-01/runtime"
ANSWER_S = 60.0


class FunctionStartError(RuntimeError):
    """A function did not answer; the message says what it reported."""


@dataclass(slots=True)
class RuntimeStub:
    """Hands out events one after the other, and notes when the function asks and answers."""

    events: Sequence[bytes]
    address: str = ""  #: host:port
    asked: list[float] = field(default_factory=list)  #: when it asked for an event, by time.monotonic
    answered: list[float] = field(default_factory=list)
    sent: list[SentMessage] = field(default_factory=list)
    problem: str = ""  #: the error that the function reported
    changed: threading.Condition = field(default_factory=threading.Condition)
    closed: bool = False

    def next_event(self) -> bytes | None:
        """Return the next event; None when there is none and the function is no longer needed."""
        with self.changed:
            self.asked.append(time.monotonic())
            self.changed.notify_all()
            if len(self.asked) <= len(self.events):
                return self.events[len(self.asked) - 1]
            self.changed.wait_for(lambda: self.closed)
            return None

    def take_answer(self, problem: str = "") -> None:
        """Note an answer, or an error."""
        with self.changed:
            self.answered.append(time.monotonic())
            self.problem = self.problem or problem
            self.changed.notify_all()

    def wait_for_answers(self, count: int) -> None:
        """Wait until the function has answered so many events; `FunctionStartError` if it reports an error."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.answered) >= count or bool(self.problem), ANSWER_S)
        if self.problem or len(self.answered) < count:
            raise FunctionStartError(self.problem or f"there was no answer within {ANSWER_S:g} s")

    def close(self) -> None:
        """Let go of a function that waits for another event."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()


@contextlib.contextmanager
def runtime_stub(events: Sequence[bytes]) -> Iterator[RuntimeStub]:
    """Serve on a free port of this machine for as long as the block lasts."""
    stub = RuntimeStub(events)
    handler = type("Handler", (_Handler,), {"stub": stub})
    with stub_server(handler) as stub.address:
        try:
            yield stub
        finally:
            stub.close()


class _Handler(StubHandler):
    """The Runtime API's paths; any other POST is a SendMessage or SendMessageBatch in AWS JSON 1.0."""

    stub: RuntimeStub

    def do_GET(self) -> None:  # noqa: N802  # http.server calls it
        event = self.stub.next_event()
        if event is None:
            self.close_connection = True
            return
        number = len(self.stub.asked)
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", f"00000000-0000-0000-0000-{number:012}")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + ANSWER_S) * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:stub")
        self.end("application/json", event)

    def do_POST(self) -> None:  # noqa: N802  # http.server calls it
        body = self.read_body()
        if not self.path.startswith(API):
            self.take_message(body, self.stub.sent)
            return
        self.stub.take_answer("" if self.path.endswith("/response") else body.decode("utf-8", "replace"))
        self.send_response(202)
        self.end("application/json", b'{"status":"OK"}')
