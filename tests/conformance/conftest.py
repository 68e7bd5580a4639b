"""The second application: tiny functions, run by the same emulator, driven from outside."""

import base64
import contextlib
import functools
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from emulator.access_settings import Access
from emulator.environments.environment_limits import Limits
from emulator.free_ports import free_ports
from emulator.settings import Settings
from facepipe.client.endpoints import sqs_client
from facepipe.local_pipeline import LocalPipeline
from tests.emulators import EmulatorThread, running_in_thread

TEMPLATE = Path(__file__).resolve().parents[1] / "functions/template.yaml"
OBEY = TEMPLATE.with_name("obey.yaml")  #: its first function alone, for tests that need no more
URLS = ("obey", "echo", "describe", "broken", "closed", "guarded", "worker")  #: in the template's order


@dataclass
class Tiny:
    """The running application."""

    stack: LocalPipeline | EmulatorThread
    sqs: Any
    engine: str = "rie"  #: or runtime-api

    @property
    def pid(self) -> int:
        """The process whose descendants the supervisors are."""
        return self.stack.process.pid if isinstance(self.stack, LocalPipeline) else os.getpid()

    def url(self, function: str) -> str:
        return f"http://127.0.0.1:{self.stack.ports.function_url(URLS.index(function))}/"

    def post(self, function: str, body: object = None, **options: Any) -> httpx.Response:
        return httpx.post(self.url(function), content=json.dumps(body), timeout=60, **options)

    def invoke(self, function: str, event: object = None, **options: Any) -> dict[str, Any]:
        """Call the Lambda API: `Payload` parsed, `Log` the lines of LogType=Tail."""
        answer = self.api.invoke(FunctionName=function, Payload=json.dumps(event), LogType="Tail", **options)
        log = base64.b64decode(answer["LogResult"]).decode().splitlines()
        return {**answer, "Payload": json.loads(answer["Payload"].read()), "Log": log}

    def tell(self, **order: Any) -> dict[str, Any]:
        """Give an order to `obey` through the Lambda API."""
        return self.invoke("obey", {"body": json.dumps(order)})

    def tell_both(self, **order: Any) -> list[dict[str, Any]]:
        """Give an order to both environments of `obey`: one that takes long enough for two at once."""
        self.start_both()
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda _: self.tell(**order), range(2)))

    def environments(self, function: str) -> dict[str, int]:
        """How many environments there are, and how many of them are ready."""
        told: dict[str, int] = httpx.get(self.stack.health).json()["functions"][function]
        return told

    def start_both(self) -> None:
        """Have two environments of `obey`, which is their limit: two calls at once start what is missing."""

        def both() -> bool:
            now = self.environments("obey")
            if now["environments"] < 2:  # one that starts anew is not missing
                with ThreadPoolExecutor(2) as pool:
                    list(pool.map(lambda _: self.tell(do="sleep", seconds=0.3), range(2)))
            return now["ready"] == 2

        assert self.eventually(both)

    @functools.cached_property
    def api(self) -> Any:
        """boto3's client of the Lambda API."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        config = Config(retries={"total_max_attempts": 1})
        return boto3.client("lambda", endpoint_url=f"http://127.0.0.1:{self.stack.ports.api}", config=config, **keys)

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

    def seen(self, count: int, *, seconds: float = 120) -> list[dict[str, Any]]:
        """What the worker told of its next invocations, in order of time."""
        found: list[dict[str, Any]] = []
        end = time.monotonic() + seconds
        while len(found) < count and time.monotonic() < end:
            answer = self.sqs.receive_message(QueueUrl=self.queue("seen"), MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.queue("seen"), ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return sorted(found, key=lambda told: told["time"])

    def seen_so_far(self) -> list[dict[str, Any]]:
        """What the worker has told and nobody has taken yet, in order of time."""
        found: list[dict[str, Any]] = []
        while messages := self.sqs.receive_message(QueueUrl=self.queue("seen"), MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.sqs.delete_message(QueueUrl=self.queue("seen"), ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return sorted(found, key=lambda told: told["time"])

    def depth(self, name: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.queue(name), AttributeNames=names)["Attributes"]
        return sum(int(attributes[n]) for n in names)

    def eventually(self, condition, *, seconds: float = 120) -> bool:
        end = time.monotonic() + seconds
        while not (held := condition()) and time.monotonic() < end:
            time.sleep(0.05)
        return bool(held)

    def log(self) -> str:
        return self.stack.log.read_text()


class Shared:
    """The emulator that the files of this folder share, from the first test to the last."""

    def __init__(self) -> None:
        self.exits = contextlib.ExitStack()
        self.tiny: Tiny | None = None

    def start(self, log: Path) -> Tiny:
        if self.tiny is None:
            emulator = self.exits.enter_context(running_in_thread(settings_of("runtime-api"), log))
            self.tiny = Tiny(emulator, sqs_client(emulator.endpoints), "runtime-api")
        return self.tiny

    def stop(self) -> None:
        self.tiny = None
        self.exits.close()


SHARED = Shared()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """The application in an emulator of this process; its functions are processes behind the Runtime API."""
    return SHARED.start(tmp_path_factory.mktemp("tiny") / "up.log")


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Stop the emulator before tests of another folder: they read the log of this process as well."""
    if nextitem is None or nextitem.path.parent != item.path.parent:
        SHARED.stop()


def settings_of(engine: str) -> Settings:
    """Return the application's settings, on free ports."""
    return Settings(
        TEMPLATE,
        environments=Limits(2),
        ports=free_ports(),
        engine=engine,
        access=Access(any_origin=("echo",)),
    )
