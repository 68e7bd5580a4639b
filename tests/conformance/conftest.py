"""The second application: tiny functions, run by the same emulator, driven from outside."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from client.endpoints import sqs_client
from facepipe.paths import Paths
from facepipe.stack import Choices, Running, free_ports, running

TEMPLATE = Path(__file__).resolve().parents[1] / "functions/template.yaml"
on_both_engines = pytest.mark.parametrize("tiny", ["rie", "runtime-api"], indirect=True)
URLS = ("obey", "echo", "describe", "broken", "closed", "guarded")  #: in the template's order


@dataclass(frozen=True)
class Tiny:
    """The running application."""

    stack: Running
    sqs: Any
    engine: str  #: rie or runtime-api

    def url(self, function: str) -> str:
        return f"http://127.0.0.1:{self.stack.ports.function_url(URLS.index(function))}/"

    def post(self, function: str, body: object = None, **options: Any) -> httpx.Response:
        return httpx.post(self.url(function), content=json.dumps(body), timeout=30, **options)

    def obey(self, **order: Any) -> httpx.Response:
        """Post an order to `obey`; a function URL's event has it in its body, so `obey` gets the event of an echo."""
        return self.post("obey", order)

    def queue(self, name: str) -> str:
        return str(self.sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def put(self, name: str, *bodies: str, **options: Any) -> list[str]:
        return [
            self.sqs.send_message(QueueUrl=self.queue(name), MessageBody=body, **options)["MessageId"]
            for body in bodies
        ]

    def seen(self, count: int, *, seconds: float = 30) -> list[dict[str, Any]]:
        """What the worker told of its next invocations, in order of time."""
        found: list[dict[str, Any]] = []
        end = time.monotonic() + seconds
        while len(found) < count and time.monotonic() < end:
            answer = self.sqs.receive_message(QueueUrl=self.queue("seen"), MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.queue("seen"), ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return sorted(found, key=lambda told: told["time"])

    def depth(self, name: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.queue(name), AttributeNames=names)["Attributes"]
        return sum(int(attributes[n]) for n in names)

    def eventually(self, condition, *, seconds: float = 30) -> bool:
        end = time.monotonic() + seconds
        while not (held := condition()) and time.monotonic() < end:
            time.sleep(0.05)
        return bool(held)

    def log(self) -> str:
        return self.stack.log.read_text()


@pytest.fixture(scope="session", params=["rie"])
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    """The application behind RIE; marked `on_both_engines`, a test runs behind the Runtime API as well."""
    if not (Paths().rie / "aws-lambda-rie").exists():
        pytest.skip("no Runtime Interface Emulator in var/rie: run scripts/models")
    folder = tmp_path_factory.mktemp("tiny")
    choices = Choices(folder / "none", TEMPLATE, free_ports(), environments=2, engine=request.param)
    with running(choices, folder / "up.log") as stack:
        yield Tiny(stack, sqs_client(stack.endpoints), request.param)
