"""SQS as a model in memory, and a clock that jumps: hours of retries in milliseconds."""

import asyncio
import hashlib
import selectors
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.queues import Message
from emulator.resources import Queue, RedrivePolicy


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: moves the clock to when something is due."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jumping = _JumpingSelector()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in virtual time; `asyncio.get_running_loop().time()` tells it."""
    with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
        return runner.run(coroutine)


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Stored:
    """A message in the queue."""

    id: str
    body: str
    group: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    visible_at: float = 0.0
    received: int = 0
    handle: str = ""


@dataclass
class SqsModel:
    """One queue, as a mapping sees it; `maximum_receives` of 0 means without dead letters."""

    visibility_s: float = 30.0
    maximum_receives: int = 0
    messages: list[Stored] = field(default_factory=list)
    dead: list[Stored] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    receives: list[dict[str, Any]] = field(default_factory=list)  #: what each call asked for
    returned: list[str] = field(default_factory=list)  #: made visible at once

    def put(self, *bodies: str, group: str = "", **attributes: str) -> list[str]:
        ids = []
        for body in bodies:
            message_id = f"m{len(self.messages) + len(self.dead) + len(self.deleted)}"
            self.messages.append(Stored(message_id, body, group, attributes))
            ids.append(message_id)
        return ids

    async def receive(self, name: str, *, maximum: int, wait_s: int, visibility_s: int | None = None) -> list[Message]:
        """Answer a poll; one that is cancelled takes nothing."""
        self.receives.append({"maximum": maximum, "wait_s": wait_s, "visibility_s": visibility_s, "at": now()})
        end = now() + wait_s
        while not (found := self._take(min(maximum, 10), visibility_s)) and now() < end:
            await asyncio.sleep(min(0.25, end - now()))
        return found

    def _take(self, maximum: int, visibility_s: int | None) -> list[Message]:
        found: list[Message] = []
        held = {one.group for one in self.messages if one.group and one.visible_at > now()}
        for one in list(self.messages):
            if one.visible_at > now() or one.group in held or len(found) == maximum:
                continue
            if self.maximum_receives and one.received >= self.maximum_receives:
                self.messages.remove(one)
                self.dead.append(one)
                continue
            one.received += 1
            one.visible_at = now() + (self.visibility_s if visibility_s is None else visibility_s)
            one.handle = f"{one.id}/{one.received}"
            group = {"MessageGroupId": one.group} if one.group else {}
            found.append(
                {
                    "MessageId": one.id,
                    "ReceiptHandle": one.handle,
                    "Body": one.body,
                    "MD5OfBody": hashlib.md5(one.body.encode(), usedforsecurity=False).hexdigest(),
                    "Attributes": {"ApproximateReceiveCount": str(one.received), **group, **one.attributes},
                }
            )
        return found

    async def delete(self, name: str, handles: Sequence[str]) -> None:
        await asyncio.sleep(0)
        for one in list(self.messages):
            if one.handle in handles:
                self.messages.remove(one)
                self.deleted.append(one.id)

    async def make_visible(self, name: str, handles: Sequence[str]) -> None:
        for one in self.messages:
            if one.handle in handles:
                one.visible_at = 0.0
                self.returned.append(one.id)

    async def hide(self, name: str, handles: Sequence[str], seconds: int) -> None:
        for one in self.messages:
            if one.handle in handles:
                one.visible_at = now() + seconds

    async def describe(self, name: str) -> Queue | None:
        policy = RedrivePolicy("dead", self.maximum_receives) if self.maximum_receives else None
        return Queue("", name, {"VisibilityTimeout": str(int(self.visibility_s))}, policy)

    def is_of_template(self, name: str) -> bool:
        return True

    async def recreate(self) -> None:
        pass
