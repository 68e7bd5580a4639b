"""How fast a pipeline of two stages is: URL → function → queue → function → queue, as its client sees it."""

import statistics
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Self

from facepipe.bench.peers.made_by_api import service_client
from facepipe.bench.peers.measured_peer import FunctionClient, PeerError, RunningPeer
from facepipe.bench.peers.part_times import part_times_ms, read_part_times
from facepipe.client.endpoints import queue_url

WARM_UP = 1
ALONE, ALONE_S = 40, 5.0  #: requests one at a time at most, and for how long
TOGETHER, REQUESTS, REQUESTS_S = 10, 200, 12.0
WAIT_S = 30.0
RECEIVE_S = 2


def pipeline_rows(peer: RunningPeer) -> tuple[dict[str, float], dict[str, float]]:
    """Measure requests one at a time and ten at a time; return the rows, and processor time a request by part."""
    with Results(service_client("sqs", peer.sqs)) as results:
        client = FunctionClient(peer.addresses["first"])
        for _ in range(WARM_UP):
            results.requested(client)
        alone, end = list[float](), time.monotonic() + ALONE_S
        while len(alone) < ALONE and time.monotonic() < end:
            alone.append(results.requested(client))
        client.close()
        before, began = read_part_times(peer), time.monotonic()
        together = _together(peer, results)
        took, after = time.monotonic() - began, read_part_times(peer)
    parts = part_times_ms(before, after, len(together))
    rows = {
        "stages_alone": statistics.median(alone) * 1000,
        "stages_rate": len(together) / took,
        "stages_p95": statistics.quantiles(together, n=20, method="inclusive")[18] * 1000,
        "processor": sum(parts.values()),
    }
    return rows, parts


def _together(peer: RunningPeer, results: "Results") -> list[float]:
    """Return the latencies of all requests, with ten in flight as long as there are any."""
    left, lock, end = [REQUESTS], threading.Lock(), time.monotonic() + REQUESTS_S

    def load(_: int) -> list[float]:
        client, times = FunctionClient(peer.addresses["first"]), list[float]()
        while time.monotonic() < end:
            with lock:
                left[0] -= 1
                if left[0] < 0:
                    break
            times.append(results.requested(client))
        client.close()
        return times

    with ThreadPoolExecutor(TOGETHER) as pool:
        return [one for times in pool.map(load, range(TOGETHER)) for one in times]


@dataclass
class Results:
    """Receives the results in a thread of its own, as a client that waits for them does."""

    sqs: Any
    _waiting: dict[str, threading.Event] = field(default_factory=dict)
    _stopping: bool = False
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        url = queue_url(self.sqs, "results")
        self._thread = threading.Thread(target=self._receive, args=(url,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        if self._thread:
            self._thread.join()

    def requested(self, client: FunctionClient) -> float:
        """Send a request; return the time until its result came. Raises `PeerError`."""
        body, event = uuid.uuid4().hex, threading.Event()
        self._waiting[body] = event
        began = time.perf_counter()
        status, answer = client.post(body.encode())
        if status != 200:
            raise PeerError(f"a request was answered with {status} {answer[:200]!r}")
        if not event.wait(WAIT_S):
            raise PeerError(f"a result did not come within {WAIT_S:g} s")
        return time.perf_counter() - began

    def _receive(self, url: str) -> None:
        while not self._stopping:
            found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=RECEIVE_S)
            messages = found.get("Messages", [])
            for message in messages:
                if event := self._waiting.pop(message["Body"], None):
                    event.set()
            if messages:
                self.sqs.delete_message_batch(QueueUrl=url, Entries=[_entry(n, one) for n, one in enumerate(messages)])


def _entry(number: int, message: Mapping[str, str]) -> dict[str, str]:
    return {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
