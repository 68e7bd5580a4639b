"""A running pipeline as the acceptance tests see it: two addresses, its queues, and a way to enrol people.

The same tests run against every kind of pipeline; what differs between them is here.
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from emulator.free_ports import free_ports
from emulator.kept_places import QueuesPlace
from emulator.settings import Settings
from facepipe import pipeline
from facepipe.client.endpoints import EndpointError, queue_url, sqs_client
from facepipe.client.photo_rows import Row, SendOptions
from facepipe.client.photos import Frame
from facepipe.client.signing import signature
from facepipe.local_pipeline import LocalPipeline, running
from facepipe.paths import Paths
from facepipe.people import enrol_people
from services.enrolment.gallery_place import seed

PATHS = Paths()
#: small enough that a test can wait for dead letters; the receives are production's
PARAMETERS = {"RecognitionTimeout": "6", "RequestVisibilityTimeout": "6"}
#: for more load than the machine can carry, where nobody waits for dead letters: no batch is too slow
PATIENT = {"RecognitionTimeout": "16", "RequestVisibilityTimeout": "16"}
RESTART_S = 120.0  #: that a queue server may be away when a test begins to send
QUEUES = ("facepipe-requests", "facepipe-requests-dlq", "facepipe-responses")


@dataclass(frozen=True)
class Pipeline(pipeline.Pipeline):
    """One running pipeline: what everybody's tests get of it, and what only ours ask for."""

    health: str
    sqs: Any
    enrol_folder: Callable[[Path], None]
    dead_letters_s: float = field(default=150, kw_only=True)  #: until a poisoned message has had its five receives

    def enrol(self, people: str | Path) -> None:
        """Add people of a folder; replaces nobody else."""
        self.enrol_folder(Path(people))

    def queue(self, name: str) -> str:
        """Return a queue's URL; a queue server that is being restarted is waited for."""
        end = time.monotonic() + RESTART_S
        while True:
            try:
                return queue_url(self.sqs, name)
            except EndpointError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def depth(self, name: str) -> int:
        """All messages of a queue, visible or not."""
        counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.queue(name), AttributeNames=counts)
        return sum(int(answer["Attributes"][count]) for count in counts)

    def depths(self) -> dict[str, int]:
        return {name: self.depth(name) for name in QUEUES}

    def send(self, frames: Sequence[Frame], **plan: Any) -> list[Row]:  # type: ignore[override]
        """Send frames and return their rows; exactly what `facepipe send` does, once the queue server answers."""
        self.queue("facepipe-responses")
        return self.send_all(frames, SendOptions(self.endpoints.url, auth=signature(self.endpoints), **plan))

    def post(self, body: bytes | str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Post a raw body, as a stranger's program might."""
        kind = {"content-type": "application/json"} if headers is None else headers
        return self.request("POST", content=body, headers=kind)

    def request(self, method: str, **options: Any) -> httpx.Response:
        """Send any request to the Function URL, signed where it wants that."""
        return httpx.request(method, self.endpoints.url, timeout=60, auth=signature(self.endpoints), **options)

    def receive(self, name: str, *, seconds: float, wait_s: int = 2) -> list[dict[str, Any]]:
        """Receive and delete messages of a queue until there is one, or the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = self.sqs.receive_message(QueueUrl=self.queue(name), MaxNumberOfMessages=10, WaitTimeSeconds=wait_s)
            messages = answer.get("Messages", [])
            for message in messages:
                self.sqs.delete_message(QueueUrl=self.queue(name), ReceiptHandle=message["ReceiptHandle"])
            if messages:
                return list(messages)
        return []

    def clear(self) -> None:
        """Empty the queues; PurgeQueue may be called once a minute only."""
        for name in QUEUES:
            while self.depth(name):  # hidden ones as well: they would appear in the middle of the next test
                self.receive(name, seconds=1, wait_s=1)

    def eventually(self, condition: Callable[[], bool], *, seconds: float = 120) -> bool:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while not (held := condition()) and time.monotonic() < end:
            time.sleep(0.1)
        return held


@dataclass(frozen=True)
class NativePipeline(Pipeline):
    """A pipeline of processes of this machine."""

    stack: LocalPipeline


@contextlib.contextmanager
def native(folder: Path, *, engine: str = "rie", **parameters: str) -> Iterator[NativePipeline]:
    """Run the pipeline natively, with a gallery of its own in `folder`."""
    gallery = folder / "gallery.npz"
    seed(gallery, PATHS.models)

    def enrol_all(people: Path) -> None:
        enrol_people(people, gallery, PATHS.models)

    given = {**PARAMETERS, **parameters}
    queues = QueuesPlace(folder / "queues" / "queues.sqlite")
    settings = Settings(PATHS.template, given, ports=free_ports(), engine=engine, queues=queues)
    with running(settings, folder / "up.log", gallery=gallery) as stack:
        yield NativePipeline(stack.endpoints, stack.health, sqs_client(stack.endpoints), enrol_all, stack)


def request(content: str, request_id: object = "r-1", **fields: object) -> str:
    return json.dumps({"content": content, "request_id": request_id, "filename": "photo", **fields})
