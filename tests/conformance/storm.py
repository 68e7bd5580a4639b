"""Real messages through a real queue server to a function that fails in every way, with the emulator killed in between."""

import json
import os
import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from client.endpoints import Endpoints, queue_url, sqs_client
from facepipe.stack import Choices, Running, free_ports, running

TEMPLATE = Path(__file__).resolve().parents[1] / "functions/storm.yaml"
FAULTS = {"fail": 50, "raise": 15, "malformed": 15, "exit": 15, "sleep": 2}  #: and how often each, in proportion
FAULTY = 0.12  #: share of the messages that meet with a fault at first
POISON = (
    0.02  #: share of those that fail for ever, in the first half: their many attempts are not waited for at the end
)
TOGETHER = 10


@dataclass(frozen=True)
class Order:
    """What becomes of one message: a fate for each attempt, then always the same."""

    number: int
    fates: tuple[str, ...]
    then: str = "done"

    def body(self) -> str:
        return json.dumps({"number": self.number, "fates": self.fates, "then": self.then})


def orders(count: int, dice: random.Random) -> list[Order]:
    made = []
    for number in range(count):
        if number < count / 2 and dice.random() < POISON:
            made.append(Order(number, (), "fail"))
        elif dice.random() < FAULTY:
            fates = dice.choices(list(FAULTS), list(FAULTS.values()), k=dice.randint(1, 2))
            made.append(Order(number, tuple(fates)))
        else:
            made.append(Order(number, ()))
    return made


@dataclass
class Storm:
    """One run: what was sent, what the function did, what is in the dead-letter queue."""

    sqs_endpoint: str
    folder: Path
    sent: list[Order]
    waiting: int = (
        100  #: messages in the queue that sending stops at: moto's every call takes the longer, the more wait
    )
    throttles: int = 0
    dead: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def told(self) -> Counter[tuple[str, int]]:
        """How often the function did what to which message."""
        lines = (self.folder / "lines").read_text().split("\n")[:-1]
        return Counter((what, int(number)) for what, number in (line.split() for line in lines))

    @property
    def processed(self) -> set[int]:
        return {number for what, number in self.told if what == "done"}

    @property
    def duplicates(self) -> int:
        """How many times a message was processed that had been already."""
        return sum(times - 1 for (what, _), times in self.told.items() if what == "done")

    @property
    def faults(self) -> Counter[str]:
        kinds: Counter[str] = Counter()
        for (what, _), times in self.told.items():
            kinds[what] += times
        del kinds["done"]
        return kinds

    def run(self, *, seconds: float) -> None:
        """Send while it works; kill the emulator once, stop it once, then let it finish."""
        (self.folder / "lines").touch()
        started = time.monotonic()
        sqs = sqs_client(Endpoints(sqs=self.sqs_endpoint))
        count = len(self.sent)
        with running(self._choices(), self.folder / "killed.log") as stack:
            sender = threading.Thread(target=self._send, args=(sqs,))
            sender.start()
            self._until(lambda: len(self.processed) > count * 0.25, seconds)
            self.throttles += throttles(stack)
            os.kill(stack.process.pid, signal.SIGKILL)
        with running(self._choices(), self.folder / "stopped.log") as stack:
            self._until(lambda: len(self.processed) > count * 0.5, seconds)
            self.throttles += throttles(stack)
        with running(self._choices(), self.folder / "finished.log") as stack:
            sender.join()
            self._until(lambda: not depth(sqs, "storm"), seconds)
            self.throttles += throttles(stack)
        self.dead = drained(sqs, "storm-dead")
        self.seconds = time.monotonic() - started

    def figures(self) -> str:
        return (
            f"{len(self.sent):,} messages in {self.seconds:.0f} s: {len(self.processed):,} processed, {len(self.dead)}"
            f" in the dead-letter queue, {len(self.lost)} lost, {self.duplicates} duplicates; on the way"
            f" {dict(self.faults)}, {self.throttles} throttled calls, the emulator killed once and stopped once"
        )

    @property
    def lost(self) -> set[int]:
        """Messages that are gone and were never processed: deleted too early, or swallowed."""
        return {order.number for order in self.sent} - self.processed - set(self.dead)

    def _choices(self) -> Choices:
        parameters = {"Lines": str(self.folder / "lines")}
        return Choices(self.folder / "none", TEMPLATE, free_ports(), 2, parameters, self.sqs_endpoint)

    def _send(self, sqs: Any) -> None:
        queue = queue_url(sqs, "storm")
        for start in range(0, len(self.sent), TOGETHER):
            while depth(sqs, "storm") >= self.waiting:
                time.sleep(0.05)
            part = self.sent[start : start + TOGETHER]
            entries = [{"Id": str(index), "MessageBody": order.body()} for index, order in enumerate(part)]
            answer = sqs.send_message_batch(QueueUrl=queue, Entries=entries)
            assert len(answer["Successful"]) == len(part), answer

    def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"not within {seconds:g} s; {self.figures()}"
            time.sleep(0.2)


def throttles(stack: Running) -> int:
    text = httpx.get(f"{stack.endpoints.api}/metrics", timeout=10).text
    return sum(
        int(float(number)) for number in re.findall(r"^facepipe_throttles_total\{.*\} (\S+)$", text, re.MULTILINE)
    )


def depth(sqs: Any, name: str) -> int:
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = sqs.get_queue_attributes(QueueUrl=queue_url(sqs, name), AttributeNames=counts)["Attributes"]
    return sum(int(told[count]) for count in counts)


def drained(sqs: Any, name: str) -> list[int]:
    """Take everything off a queue and return the messages' numbers."""
    queue, numbers = queue_url(sqs, name), []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        for message in messages:
            numbers.append(json.loads(message["Body"])["number"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return numbers


def assert_nothing_lost(storm: Storm) -> None:
    """Every message was processed or is among the dead letters; and there was a storm."""
    assert not storm.lost, storm.figures()
    assert len(storm.dead) == len(set(storm.dead)), "a dead letter is there once"
    assert {order.number for order in storm.sent if order.then != "done"} <= set(storm.dead)
    assert set(storm.faults) == set(FAULTS), storm.figures()
    assert storm.throttles, storm.figures()
