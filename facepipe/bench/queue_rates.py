"""How fast a queue server is, whichever it is: the same boto3 clients against each."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

BODY = "x" * 1_000
TOGETHER = 10  #: messages in a batch, and in a receive
FEW, MANY = 10, 5_000  #: messages that wait while a receive is measured
RECEIVES, RECEIVES_S = 100, 10.0  #: that are measured at most, and for how long
POLLS = 50  #: long polls that are woken


@dataclass(frozen=True, slots=True)
class QueueServer:
    """A server, and a client of it for each thread."""

    endpoint: str

    def client(self) -> Any:
        """Return a new client; it sends nothing again that failed."""
        return boto3.client(
            "sqs",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  # a local stand-in takes any
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        )

    def queue(self, sqs: Any, name: str) -> str:
        """Make a queue, empty, and return its URL."""
        return str(sqs.create_queue(QueueName=f"bench-{name}-{time.time_ns()}")["QueueUrl"])


def measure_queue(endpoint: str, messages: int, *, many: int = MANY) -> dict[str, Any]:
    """Return all figures of one server; `messages` go through it for each, and up to `many` wait in it."""
    server = QueueServer(endpoint)
    figures: dict[str, Any] = {}
    for threads in (1, 8):
        figures[f"{threads} clients, single messages, a second"] = _rates(server, threads, messages // 5, size=1)
        figures[f"{threads} clients, batches of ten, a second"] = _rates(server, threads, messages, size=TOGETHER)
    figures["receive, ms"] = _receives(server, max(FEW, min(many, messages)))
    figures["a long poll is woken, ms"] = _wake_ups(server, messages)
    return figures


@dataclass(slots=True)
class QueueClient:
    """So many messages through one queue, from one thread; others do the same at the same time."""

    sqs: Any
    url: str
    share: int
    size: int  #: messages in a call
    handles: list[str] = field(default_factory=list)

    def send(self) -> int:
        """Send them; return how many."""
        for _ in range(self.share // self.size):
            if self.size == 1:
                self.sqs.send_message(QueueUrl=self.url, MessageBody=BODY)
            else:
                entries = [{"Id": str(n), "MessageBody": BODY} for n in range(self.size)]
                self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
        return self.share

    def receive(self) -> int:
        """Receive until nothing is left; return how many."""
        while found := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=self.size).get("Messages"):
            self.handles += [message["ReceiptHandle"] for message in found]
        return len(self.handles)

    def delete(self) -> int:
        """Delete what was received; return how many."""
        for start in range(0, len(self.handles), self.size):
            part = self.handles[start : start + self.size]
            if self.size == 1:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=part[0])
            else:
                entries = [{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(part)]
                self.sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)
        return len(self.handles)


def _rates(server: QueueServer, threads: int, messages: int, *, size: int) -> dict[str, int]:
    """Send, then receive, then delete so many messages; return how many a second."""
    clients = [server.client() for _ in range(threads)]
    url = server.queue(clients[0], "rates")
    loads = [QueueClient(sqs, url, messages // threads, size) for sqs in clients]
    rates = {}
    with ThreadPoolExecutor(threads) as pool:
        for name, step in (
            ("sends", QueueClient.send),
            ("receives", QueueClient.receive),
            ("deletes", QueueClient.delete),
        ):
            started = time.monotonic()
            done = sum(pool.map(step, loads))
            rates[name] = round(done / (time.monotonic() - started))
    clients[0].delete_queue(QueueUrl=url)
    return rates


def _receives(server: QueueServer, many: int) -> dict[str, float]:
    """Return how long a receive of one message takes while few and while many wait."""
    sqs = server.client()
    result = {}
    for name, waiting in (("few waiting", FEW), ("many waiting", many)):
        url = server.queue(sqs, "waiting")
        for _ in range(waiting // TOGETHER):
            entries = [{"Id": str(n), "MessageBody": BODY} for n in range(TOGETHER)]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)
        times: list[float] = []
        end = time.monotonic() + RECEIVES_S
        while len(times) < RECEIVES and (time.monotonic() < end or not times):
            started = time.perf_counter()
            (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
            times.append(time.perf_counter() - started)
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        result[name] = round(statistics.median(times) * 1000, 2)
        sqs.delete_queue(QueueUrl=url)
    return result


def _wake_ups(server: QueueServer, polls: int) -> dict[str, float]:
    """Return the time from the call that sends to the answer of a long poll that waits."""
    sender, receiver = server.client(), server.client()
    url = server.queue(sender, "wake")

    def poll() -> float:
        (message,) = receiver.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
        answered = time.perf_counter()
        receiver.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return answered

    times = []
    with ThreadPoolExecutor(1) as pool:
        for _ in range(min(polls, POLLS)):
            answered = pool.submit(poll)
            time.sleep(0.05)  # the poll waits by then
            started = time.perf_counter()
            sender.send_message(QueueUrl=url, MessageBody=BODY)
            times.append(answered.result() - started)
    sender.delete_queue(QueueUrl=url)
    return {"median": round(statistics.median(times) * 1000, 2), "slowest": round(max(times) * 1000, 2)}
