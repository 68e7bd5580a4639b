"""What a test sent, what the function says it did, and what is in the dead-letter queue: nothing else counts as lost."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator.environments.environment_limits import Limits
from emulator.free_ports import free_ports
from emulator.kept_places import QueuesPlace
from emulator.settings import Ports, Settings
from facepipe.client.endpoints import EndpointError, Endpoints, queue_url, sqs_client

QUEUE, DEAD_LETTERS, FUNCTION = "storm", "storm-dead", "weather"
AWAY_S = 60.0  #: that the queue may be away while the emulator is killed and started anew
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
    # Some messages meet with the same fault each time, because a throttled receive is an attempt that no function sees.
    for number, fault in enumerate(FAULTS, start=count // 4):
        made[number] = Order(number, (fault,) * 4)
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
    sqs_endpoint: str = ""  #: of a queue server that outlives the emulator; "": the emulator's own queue
    ports: Ports = field(default_factory=free_ports)
    unanswered: set[int] = field(default_factory=set)  #: messages that were sent again, and may be there twice
    seconds: float = 0.0

    def __post_init__(self) -> None:
        (self.folder / "lines").touch()

    @property
    def sqs(self) -> Any:
        """A client of the queue, wherever it is."""
        return sqs_client(Endpoints(sqs=self.sqs_endpoint or f"http://127.0.0.1:{self.ports.sqs}"))

    def settings(self, template: Path, environments: int, parameters: Mapping[str, str]) -> Settings:
        """Return the settings of an emulator that finds the messages which the one before it has left."""
        return Settings(
            template,
            {"Lines": str(self.folder / "lines"), **parameters},
            environments=Limits(environments),
            ports=self.ports,
            sqs_endpoint=self.sqs_endpoint,
            queues=QueuesPlace(self.folder / "queues" / "queues.sqlite"),
        )

    def send(self, *, waiting: int) -> None:
        """Send the messages, and pause while `waiting` of them are in the queue.

        The emulator's own queue is gone for a while when the emulator is killed. A message whose sending was not
        answered is sent again, as every sender does.
        """
        sqs = self.sqs
        queue = queue_url(sqs, QUEUE)
        for start in range(0, len(self.sent), TOGETHER):
            while patiently(lambda: depth(sqs, QUEUE)) >= waiting:
                time.sleep(0.05)
            part = self.sent[start : start + TOGETHER]
            entries = [{"Id": str(index), "MessageBody": order.body()} for index, order in enumerate(part)]

            def sending(entries: list[dict[str, str]] = entries) -> Any:
                return sqs.send_message_batch(QueueUrl=queue, Entries=entries)

            answer = patiently(sending, failed=partial(self.unanswered.update, [one.number for one in part]))
            assert len(answer["Successful"]) == len(part), answer

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


def patiently(call: Callable[[], Any], failed: Callable[[], None] = lambda: None) -> Any:
    """Make a call again and again while nothing answers, for as long as an emulator takes to come back."""
    end = time.monotonic() + AWAY_S
    while True:
        try:
            return call()
        except (EndpointError, BotoCoreError, ClientError) as error:
            refused = isinstance(error, ClientError) and error.response["ResponseMetadata"]["HTTPStatusCode"] < 500
            if refused or time.monotonic() > end:
                raise
            failed()
            time.sleep(0.2)


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
