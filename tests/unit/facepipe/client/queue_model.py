"""One SQS queue as boto3's client shows it, and a clock that jumps: for clients in threads, one of which runs at a time."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

LOOK_EVERY_S = 0.01  #: that a long poll looks again


class Clock:
    """Virtual time. A thread that sleeps waits for its turn; when all of them do, the time jumps to the next one's."""

    def __init__(self) -> None:
        self.now = 0.0
        self._threads = 1
        self._wakes: dict[int, float] = {}
        self._changed = threading.Condition()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        me = threading.get_ident()
        with self._changed:
            self._wakes[me] = self.now + seconds
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._next() == me)
            self.now = max(self.now, self._wakes.pop(me))

    def together(self, *actions: Callable[[], Any]) -> list[Any]:
        """Run actions side by side, in threads, and return their results."""

        def run(action: Callable[[], Any]) -> Any:
            self.sleep(0)
            try:
                return action()
            finally:
                with self._changed:
                    self._threads -= 1
                    self._changed.notify_all()

        with self._changed:
            self._threads = len(actions)
        with ThreadPoolExecutor(len(actions)) as pool:
            results = list(pool.map(run, actions))
        self._threads = 1
        return results

    def _next(self) -> int | None:
        everybody_waits = len(self._wakes) == self._threads
        return min(self._wakes, key=self._wakes.__getitem__) if everybody_waits else None


@dataclass
class Stored:
    """A message in the queue."""

    id: str
    body: str
    sent_at: float
    visible_at: float
    handle: str = ""
    received: int = 0


@dataclass
class QueueModel:
    """A standard queue. As on ElasticMQ, only the receipt handle of the last receive is valid."""

    clock: Clock
    latency_s: float = 0.02  #: of every request
    visibility_s: float = 1.0  #: facepipe-responses' own
    dice: random.Random | None = (
        None  #: whom a receive brings: nobody's choice, as on AWS; None: the oldest, as in moto
    )
    messages: list[Stored] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)

    def put(self, *bodies: str, at: float = 0.0) -> list[str]:
        """Add messages that somebody sends, at a time that may be yet to come."""
        new = [Stored(f"m{len(self.messages) + number}", body, at, at) for number, body in enumerate(bodies)]
        self.messages += new
        return [one.id for one in new]

    @property
    def visible(self) -> int:
        return sum(one.visible_at <= self.clock.now for one in self.messages)

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        self._request("receive")
        end = self.clock.now + asked.get("WaitTimeSeconds", 0)
        while not (found := self._take(asked["MaxNumberOfMessages"], asked.get("VisibilityTimeout"))):
            if self.clock.now >= end:
                return {}
            self.clock.sleep(LOOK_EVERY_S)
        return {"Messages": found}

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803 - boto3's names
        self._request("delete")
        self.messages = [one for one in self.messages if one.handle != ReceiptHandle]

    def delete_message_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - boto3's names
        Entries: Sequence[dict[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        self._request("delete")
        assert 1 <= len(Entries) <= 10
        handles = {entry["ReceiptHandle"] for entry in Entries}
        self.messages = [one for one in self.messages if one.handle not in handles]
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def change_message_visibility_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - boto3's names
        Entries: Sequence[dict[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        self._request("change")
        assert 1 <= len(Entries) <= 10
        by_handle = {one.handle: one for one in self.messages}
        known = [entry for entry in Entries if entry["ReceiptHandle"] in by_handle]
        for entry in known:
            by_handle[entry["ReceiptHandle"]].visible_at = self.clock.now + entry["VisibilityTimeout"]
        return {"Failed": [{"Id": entry["Id"]} for entry in Entries if entry not in known]}

    def _request(self, kind: str) -> None:
        self.requests[kind] += 1
        self.clock.sleep(self.latency_s)

    def _take(self, maximum: int, visibility_s: float | None) -> list[dict[str, Any]]:
        visible = [one for one in self.messages if one.visible_at <= self.clock.now]
        if self.dice:
            self.dice.shuffle(visible)
        return [
            self._received(one, self.visibility_s if visibility_s is None else visibility_s)
            for one in visible[:maximum]
        ]

    def _received(self, one: Stored, visibility_s: float) -> dict[str, Any]:
        one.received += 1
        one.visible_at = self.clock.now + visibility_s
        one.handle = f"{one.id}/{one.received}"
        attributes = {"SentTimestamp": str(int(one.sent_at * 1000))}
        return {"MessageId": one.id, "ReceiptHandle": one.handle, "Body": one.body, "Attributes": attributes}
