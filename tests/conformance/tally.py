"""What a test sent, what the function says it did, and what is in the dead-letter queue: nothing else counts as lost."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facepipe.client.endpoints import queue_url

QUEUE, DEAD_LETTERS, FUNCTION = "storm", "storm-dead", "weather"
TOGETHER = 10  #: messages in one call that sends
FAULTS = {"fail": 50, "raise": 15, "malformed": 15, "exit": 15, "sleep": 2}  #: and how often each, in proportion
FAULTY = 0.12  #: share of the messages that meet with a fault at first
#: share of those that fail for ever, in the first half: their many attempts are not waited for at the end
POISON = 0.02


@dataclass(frozen=True)
class Order:
    """What becomes of one message: a fate for each attempt, then always the same."""

    number: int
    fates: tuple[str, ...] = ()
    then: str = "done"
    takes_s: float = 0.0

    def body(self) -> str:
        return json.dumps(
            {"number": self.number, "fates": self.fates, "then": self.then, "takes_s": self.takes_s},
        )


def stormy(count: int, dice: random.Random) -> list[Order]:
    """Return messages of which some meet with faults."""
    made = []
    for number in range(count):
        if number < count / 2 and dice.random() < POISON:
            made.append(Order(number, then="fail"))
        elif dice.random() < FAULTY:
            fates = dice.choices(list(FAULTS), list(FAULTS.values()), k=dice.randint(1, 2))
            made.append(Order(number, tuple(fates)))
        else:
            made.append(Order(number))
    return made


def healthy(count: int, takes_s: float) -> list[Order]:
    """Return messages that no call fails on."""
    return [Order(number, takes_s=takes_s) for number in range(count)]


@dataclass
class Tally:
    """The account of one run."""

    folder: Path
    sent: list[Order]
    dead: list[int] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        (self.folder / "lines").touch()

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

    @property
    def lost(self) -> set[int]:
        """Messages that are gone and were never processed: deleted too early, or swallowed."""
        return {order.number for order in self.sent} - self.processed - set(self.dead)

    def figures(self) -> str:
        return (
            f"{len(self.sent):,} messages in {self.seconds:.0f} s: {len(self.processed):,} processed, {len(self.dead)}"
            f" in the dead-letter queue, {len(self.lost)} lost, {self.duplicates} duplicates"
        )

    def until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Wait for something that the run is to come to."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"not within {seconds:g} s; {self.figures()}"
            time.sleep(0.2)


def send(sqs: Any, orders: list[Order], *, waiting: int) -> None:
    """Send messages, and pause while `waiting` of them are in the queue."""
    queue = queue_url(sqs, QUEUE)
    for start in range(0, len(orders), TOGETHER):
        while depth(sqs, QUEUE) >= waiting:
            time.sleep(0.05)
        part = orders[start : start + TOGETHER]
        entries = [{"Id": str(index), "MessageBody": order.body()} for index, order in enumerate(part)]
        answer = sqs.send_message_batch(QueueUrl=queue, Entries=entries)
        assert len(answer["Successful"]) == len(part), answer


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
