"""The first photo of a pipeline that has just been started, and the next ones: from the POST to the result."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

import httpx

from facepipe.bench.start_marks import ANSWER, OPEN, RESULT
from facepipe.client.endpoints import Endpoints, sqs_client
from facepipe.client.photos import Frame
from services.contract import DetectionRequest

LOOK_S = 0.002
GIVE_UP_S = 120.0
POLL_S = 20


class StartBenchError(RuntimeError):
    """A start could not be measured; the message says what did not happen."""


@dataclass(frozen=True, slots=True)
class SentPhotos:
    """What a client saw; times in ms."""

    marks: dict[str, float]  #: since the start: the URL's port is open, the first answer, the first result
    first_ms: float  #: from the first POST to its result
    next_ms: Sequence[float]  #: of the photos after it, one at a time


@dataclass(frozen=True, slots=True)
class Client:
    """A client that is there before the pipeline: what it costs itself is not measured."""

    endpoints: Endpoints
    http: httpx.Client
    sqs: Any
    ended: Callable[[], bool]  #: whether the pipeline's program has ended

    def send(self, photos: Sequence[Frame], began: float) -> SentPhotos:
        """Post the first photo as soon as the URL takes connections, and the others one after the other."""
        self._wait_until_open()
        opened = time.monotonic()
        times = [self._send(photo, f"start-{number}") for number, photo in enumerate(photos)]
        (posted, answered, done), *others = times
        marks = {OPEN: opened, ANSWER: answered, RESULT: done}
        since_start = {name: (at - began) * 1000 for name, at in marks.items()}
        following = [(result - start) * 1000 for start, _, result in others]
        return SentPhotos(since_start, (done - posted) * 1000, following)

    def _send(self, photo: Frame, request_id: str) -> tuple[float, float, float]:
        """Send a photo; return when it was posted, answered, and when its result was there."""
        body = DetectionRequest(photo.content, request_id, photo.name).to_json()
        with self._waiting_for(request_id) as result:
            posted = time.monotonic()
            response = self.http.post(self.endpoints.url, content=body, headers={"content-type": "application/json"})
            answered = time.monotonic()
            if response.status_code != httpx.codes.OK:
                raise StartBenchError(f"the photo got {response.status_code}: {response.text[:200]}")
            if not result.wait(GIVE_UP_S):
                raise StartBenchError(f"there was no result within {GIVE_UP_S:g} s")
            return posted, answered, time.monotonic()

    @contextlib.contextmanager
    def _waiting_for(self, request_id: str) -> Iterator[Event]:
        """Poll the response queue in a thread while the block lasts; the event is set when the result comes."""
        found, url = Event(), f"{self.endpoints.sqs}/000000000000/{self.endpoints.response_queue}"

        def receive() -> None:
            while not found.is_set():
                answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=POLL_S)
                for message in answer.get("Messages", []):
                    if f'"{request_id}"' in message["Body"]:
                        found.set()
                    self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

        thread = Thread(target=receive, daemon=True)
        thread.start()
        yield found
        thread.join()

    def _wait_until_open(self) -> None:
        """Wait until the URL's port takes connections."""
        address = httpx.URL(self.endpoints.url)
        give_up = time.monotonic() + GIVE_UP_S
        while time.monotonic() < give_up and not self.ended():
            with contextlib.suppress(OSError), socket.create_connection((address.host, address.port or 80), 1):
                return
            time.sleep(LOOK_S)
        raise StartBenchError("the pipeline does not start: its function URL takes no connections")


@contextlib.contextmanager
def client(endpoints: Endpoints, ended: Callable[[], bool] = lambda: False) -> Iterator[Client]:
    """Make a client with everything that it needs loaded."""
    with httpx.Client(timeout=GIVE_UP_S) as http:
        yield Client(endpoints, http, sqs_client(endpoints), ended)
