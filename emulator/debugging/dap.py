"""What a debugger does, as the Debug Adapter Protocol (DAP) tells it: attached, and holding the process or not.

https://microsoft.github.io/debug-adapter-protocol/overview: a message is a head with `Content-Length`, an empty line,
and so many bytes of JSON.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.json_text import read_json

MESSAGE_BYTES = 1 << 16  #: longer messages are passed over: they are values of variables and texts of sources
HEAD_BYTES = 1 << 12
_HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class MessageReader:
    """Cuts a stream into messages. After something that is no DAP it yields nothing more."""

    _rest: bytearray = field(default_factory=bytearray)
    _skip: int = 0  #: bytes of a long message that are still to come
    _lost: bool = False

    def feed(self, chunk: bytes) -> Iterator[Mapping[str, Any]]:
        """Yield the messages that are complete with these bytes."""
        skipped = min(self._skip, len(chunk))
        self._skip -= skipped
        self._rest += chunk[skipped:]
        while not self._lost and (end := self._rest.find(_HEAD_END)) >= 0:
            size, begin = _content_length(bytes(self._rest[:end])), end + len(_HEAD_END)
            if size is None:
                self._lost = True
            elif size > MESSAGE_BYTES:
                self._skip = max(0, begin + size - len(self._rest))
                del self._rest[: begin + size]
            elif len(self._rest) < begin + size:
                return
            else:
                text = bytes(self._rest[begin : begin + size])
                del self._rest[: begin + size]
                yield from _message(text)
        if self._lost or len(self._rest) > HEAD_BYTES:
            self._lost = True
            self._rest.clear()


@dataclass(slots=True, eq=False)
class DebugSession:
    """The state of one debugger's connection, from what debugpy sends to it."""

    attached: bool = False
    held: bool = False  #: the process stands: all its threads stop together
    _messages: MessageReader = field(default_factory=MessageReader)

    def feed(self, chunk: bytes) -> bool:
        """Take bytes that debugpy has sent; return whether the state has changed."""
        before = (self.attached, self.held)
        for message in self._messages.feed(chunk):
            self._take(message)
        return before != (self.attached, self.held)

    def _take(self, message: Mapping[str, Any]) -> None:
        kind = message.get("event") if message.get("type") == "event" else message.get("command")
        match message.get("type"), kind:
            case "event", "stopped":
                self.held = True
            case "event", "continued":
                self.held = False
            case "event", "terminated" | "exited":
                self.attached = self.held = False
            case "response", "attach" if message.get("success"):
                self.attached = True
            case "response", "continue" if message.get("success"):
                self.held = False
            case _:
                pass


def framed(message: Mapping[str, Any]) -> bytes:
    """Return a message with its head."""
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def _content_length(head: bytes) -> int | None:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return None


def _message(text: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        content = read_json(text)
    except ValueError:
        return
    if isinstance(content, dict):
        yield content
