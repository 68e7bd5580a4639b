"""The single measurements of the emulator's own cost."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx

from facepipe.bench.measured_template import MAPPED, UNREAD, URLS
from facepipe.bench.process_costs import cpu_s
from facepipe.client.endpoints import Endpoints, queue_url, sqs_client
from facepipe.local_pipeline import LocalPipeline

WARM_UP = 5  #: calls before the first that counts
PAUSE_S = 0.25  #: between messages, so that each finds its queue idle
TOGETHER = 10  #: messages that one call to SQS sends
WAIT_S = 60.0


class OverheadError(RuntimeError):
    """A measurement could not be made; the message says which."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A running emulator and how to reach it."""

    stack: LocalPipeline
    sqs: Any
    http: httpx.Client
    stamps: Path
    server: str = ""  #: the queue server's endpoint; "": the emulator's own queue port

    def stamped(self, identifier: str) -> float:
        """Wait until the function has got a message; return when it began."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            for line in reversed(self.stamps.read_text(encoding="ascii").splitlines()):
                name, started = line.split()
                if name == identifier:
                    return float(started)
            time.sleep(0.005)
        raise OverheadError(
            f"message {identifier} did not reach its function within {WAIT_S:g} s: see {self.stack.log}"
        )

    def post(self, function: str, identifier: str) -> Mapping[str, float]:
        """Call a function's URL, on a connection that stays open; return when the function began and ended."""
        url = f"http://127.0.0.1:{self.stack.ports.function_url(URLS.index(function))}/"
        answer = self.http.post(url, content=identifier, headers={"content-type": "text/plain"})
        figures: Mapping[str, float] = answer.raise_for_status().json()
        return figures


def idle(bench: Bench, seconds: float) -> dict[str, float]:
    """Return the share of a core, in percent, that the emulator uses for ten mapped empty queues."""
    emulator = bench.stack.process.pid
    time.sleep(2)  # what starting left to do
    before, started = cpu_s(emulator), time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - started
    return {"queues": len(MAPPED), "emulator_percent": round((cpu_s(emulator) - before) / passed * 100, 2)}


def wake_up(bench: Bench) -> Callable[[str], Mapping[str, float]]:
    """Measure from the call of SendMessage to the function's start; the queue was idle before."""
    queue = queue_url(bench.sqs, "wake")

    def measure(identifier: str) -> Mapping[str, float]:
        called = time.time()
        bench.sqs.send_message(QueueUrl=queue, MessageBody=identifier)
        started = bench.stamped(identifier)
        time.sleep(PAUSE_S)
        return {"send to start": started - called}

    return measure


def url_overhead(bench: Bench) -> Callable[[str], Mapping[str, float]]:
    """Measure what a function URL adds to its function's own duration."""

    def measure(identifier: str) -> Mapping[str, float]:
        called = time.time()
        answer = bench.post("stamp", identifier)
        return {"overhead": time.time() - called - (answer["ended"] - answer["started"])}

    return measure


def request_overhead(bench: Bench) -> Callable[[str], Mapping[str, float]]:
    """Measure POST → function → queue → mapping → second function's end: the time in which neither was at work.

    The first function's SendMessage is its own work. A queue may deliver before it has answered, so the two may
    overlap: subtracting both durations would count that time twice.
    """

    def measure(identifier: str) -> Mapping[str, float]:
        called = time.time()
        first = bench.post("relay", identifier)
        started = bench.stamped(identifier)
        time.sleep(PAUSE_S)
        return {"overhead": (first["started"] - called) + max(0.0, started - first["ended"])}

    return measure


def endpoint_overhead(bench: Bench) -> Callable[[str], Mapping[str, float]]:
    """Measure SendMessage as a function makes it, through its endpoint, against the same at the queue server itself."""
    server = bench.server or bench.stack.endpoints.sqs
    direct = sqs_client(Endpoints(sqs=server))
    through = sqs_client(Endpoints(sqs=f"http://127.0.0.1:{bench.stack.ports.functions}"))
    queues = {sqs: queue_url(sqs, UNREAD) for sqs in (direct, through)}

    def send(sqs: Any, body: str) -> float:
        called = time.monotonic()
        sqs.send_message(QueueUrl=queues[sqs], MessageBody=body)
        return time.monotonic() - called

    def measure(identifier: str) -> Mapping[str, float]:
        directly, passed_on = send(direct, identifier), send(through, identifier)
        return {"to the queue server": directly, "through the endpoint": passed_on, "overhead": passed_on - directly}

    return measure


def throughput(bench: Bench, count: int) -> dict[str, float]:
    """Fill a queue, then enable its mapping to an empty function; return the messages a second until it is empty."""
    queue = queue_url(bench.sqs, "many")
    for start in range(0, count, TOGETHER):
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, min(count, start + TOGETHER))]
        bench.sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    api = boto3.client(
        "lambda",
        endpoint_url=bench.stack.endpoints.api,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # a local stand-in takes any
    )
    for _ in range(WARM_UP):
        api.invoke(FunctionName="empty", Payload=b'{"Records": []}')
    mapping = api.list_event_source_mappings(FunctionName="empty")["EventSourceMappings"][0]["UUID"]
    emulator, started = bench.stack.process.pid, time.monotonic()
    before = cpu_s(emulator)
    api.update_event_source_mapping(UUID=mapping, Enabled=True)
    while _depth(bench.sqs, queue):
        if time.monotonic() - started > WAIT_S:
            raise OverheadError(f"{count} messages were not moved within {WAIT_S:g} s: see {bench.stack.log}")
        time.sleep(0.1)
    passed = time.monotonic() - started
    percent = (cpu_s(emulator) - before) / passed * 100
    rate = round(count / passed, 1)
    return {"messages": count, "seconds": round(passed, 2), "per_second": rate, "emulator_percent": round(percent, 1)}


def _depth(sqs: Any, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def spread(measure: Callable[[str], Mapping[str, float]], count: int) -> dict[str, Any]:
    """Measure `count` times, after a warm-up, and return the spread of each duration in milliseconds."""
    for number in range(WARM_UP):
        measure(f"warm-up-{number}-{time.time_ns()}")
    found = [measure(f"{number}-{time.time_ns()}") for number in range(count)]
    return {name: _percentiles([one[name] * 1000 for one in found]) for name in found[0]}


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    spread = {"min_ms": min(values), "median_ms": cuts[9], "p95_ms": cuts[18], "max_ms": max(values)}
    return {name: round(value, 2) for name, value in spread.items()}
