"""A debugger for tests: attaches over the Debug Adapter Protocol (DAP), with plain sockets and JSON."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any, Self

PATIENCE_S = 60.0
Message = Mapping[str, Any]


@dataclass
class Stop:
    """A function that stands: where, and its innermost frame."""

    thread: int
    reason: str
    function: str
    line: int
    frame: int


@dataclass
class DebugAdapterClient:
    """One attached debugger."""

    port: int
    events: Queue[Message] = field(default_factory=Queue)
    _answers: dict[int, Future[Message]] = field(default_factory=dict)
    _sent: int = 0

    def __enter__(self) -> Self:
        self._socket = self._connect()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def _connect(self) -> socket.socket:
        """Connect, as soon as somebody listens."""
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                return socket.create_connection(("127.0.0.1", self.port))
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._reader.join()

    def cut(self) -> None:
        """End the connection without a word, as an editor that is killed."""
        with contextlib.suppress(OSError):  # it may be closed already
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def attach(self, *breakpoints: tuple[Path, int]) -> Self:
        """Attach with these breakpoints: files and lines. Returns when debugpy has them."""
        self.ask("initialize", adapterID="python", clientID="test", linesStartAt1=True, pathFormat="path")
        attached = self.post("attach", justMyCode=True)
        self.event("initialized")
        self.set_breakpoints(*breakpoints)
        self.ask("configurationDone")
        self._result(attached)
        return self

    def set_breakpoints(self, *breakpoints: tuple[Path, int]) -> None:
        for path in {path for path, _ in breakpoints}:
            lines = [{"line": line} for of, line in breakpoints if of == path]
            found = self.ask("setBreakpoints", source={"path": str(path)}, breakpoints=lines)["breakpoints"]
            assert all(one["verified"] for one in found), found

    def stopped(self) -> Stop:
        """Wait until the function stands."""
        body = self.event("stopped")["body"]
        frame = self.ask("stackTrace", threadId=body["threadId"])["stackFrames"][0]
        return Stop(body["threadId"], body["reason"], frame["name"], frame["line"], frame["id"])

    def value(self, stop: Stop, expression: str) -> str:
        return str(self.ask("evaluate", expression=expression, frameId=stop.frame)["result"])

    def step(self, stop: Stop) -> Stop:
        self.ask("next", threadId=stop.thread)
        return self.stopped()

    def go_on(self, stop: Stop) -> None:
        self.ask("continue", threadId=stop.thread)

    def detach(self) -> None:
        self.ask("disconnect", terminateDebuggee=False)

    def ask(self, command: str, **arguments: object) -> Message:
        """Make a request and return the body of its response."""
        return self._result(self.post(command, **arguments))

    def post(self, command: str, **arguments: object) -> Future[Message]:
        self._sent += 1
        answer = self._answers[self._sent] = Future()
        message = {"seq": self._sent, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return answer

    def event(self, name: str) -> Message:
        """Wait for an event of this name; pass over all others."""
        while (event := self.events.get(timeout=PATIENCE_S))["event"] != name:
            pass
        return event

    @staticmethod
    def _result(answer: Future[Message]) -> Message:
        response = answer.result(PATIENCE_S)
        assert response["success"], response
        body: Message = response.get("body", {})
        return body

    def _read(self) -> None:
        with contextlib.suppress(OSError), self._socket.makefile("rb") as stream:
            while head := stream.readline():
                length = int(head.split(b":")[1])
                assert stream.readline() == b"\r\n"
                message = json.loads(stream.read(length))
                if message["type"] == "response":
                    self._answers.pop(message["request_seq"]).set_result(message)
                else:
                    self.events.put(message)
        for answer in self._answers.values():
            answer.set_exception(ConnectionError("the connection has ended"))
