"""One suite for queues: what AWS documents or was recorded to do, on the embedded server and on ElasticMQ.

`docs/queues.md` lists where a server differs; a test that is listed there must fail on that server, all others pass.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from botocore.exceptions import ClientError

from facepipe.elasticmq import docker_answers
from tests.queues import servers
from tests.queues.differences import differences
from tests.queues.servers import QueueServer, name

T = TypeVar("T")
KINDS = ("embedded", pytest.param("elasticmq", marks=pytest.mark.docker))
PREFIX = "AWS.SimpleQueueService."
#: codes that boto3 reads from x-amzn-query-error → the same errors in the model
MODELLED = {"NonExistentQueue": "QueueDoesNotExist", "QueueAlreadyExists": "QueueNameExists"}


@pytest.fixture(scope="session", params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[QueueServer]:
    if request.param == "embedded":
        with servers.embedded() as one:
            yield one
        return
    if not docker_answers():
        pytest.skip("no Docker engine answers: ElasticMQ cannot be run")
    with servers.behind_elasticmq() as one:
        yield one


@dataclass(frozen=True)
class Sqs:
    """boto3's client, and a few shorthands that keep tests short."""

    client: Any

    def make(self, *, fifo: bool = False, **attributes: str | int) -> str:
        """Make a queue and return its URL."""
        given = {"FifoQueue": "true"} if fifo else {}
        values = {**given, **{key: str(value) for key, value in attributes.items()}}
        answer = self.client.create_queue(QueueName=name(".fifo" if fifo else ""), Attributes=values)
        return str(answer["QueueUrl"])

    def attributes(self, url: str, *names: str) -> dict[str, str]:
        found = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=list(names or ("All",)))
        return dict(found.get("Attributes", {}))

    def arn(self, url: str) -> str:
        return self.attributes(url, "QueueArn")["QueueArn"]

    def send(self, url: str, body: str = "x", **more: Any) -> dict[str, Any]:
        return dict(self.client.send_message(QueueUrl=url, MessageBody=body, **more))

    def receive(self, url: str, count: int = 10, **more: Any) -> list[dict[str, Any]]:
        answer = self.client.receive_message(QueueUrl=url, MaxNumberOfMessages=count, **more)
        return list(answer.get("Messages", []))

    def one(self, url: str, **more: Any) -> dict[str, Any]:
        """Receive one message, waiting for it."""
        (message,) = self.receive(url, 1, WaitTimeSeconds=20, **more)
        return message

    def bodies(self, url: str, **more: Any) -> list[str]:
        return [message["Body"] for message in self.receive(url, **more)]

    def delete(self, url: str, *messages: dict[str, Any]) -> None:
        for message in messages:
            self.client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def with_dead_letters(self, *, times: int = 1, fifo: bool = False, **attributes: str | int) -> tuple[str, str]:
        """Make a queue with a dead-letter queue; return both URLs."""
        dead = self.make(fifo=fifo)
        policy = json.dumps({"deadLetterTargetArn": self.arn(dead), "maxReceiveCount": times})
        return self.make(fifo=fifo, RedrivePolicy=policy, **attributes), dead

    def refused(self, operation: str, **parameters: Any) -> tuple[int, str, str]:
        """Status, code and message of a call that is refused; the code as the model has it, see `test_spelling.py`."""
        error = self.error(operation, **parameters)
        code = error["Error"]["Code"].removeprefix(PREFIX)
        return error["ResponseMetadata"]["HTTPStatusCode"], MODELLED.get(code, code), error["Error"]["Message"]

    def error(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """What boto3 reads of a call that is refused."""
        with pytest.raises(ClientError) as caught:
            getattr(self.client, operation)(**parameters)
        return dict(caught.value.response)


def soon(act: Callable[[int], T]) -> T:
    """Return what came of something that must be over within some seconds: as many as this machine needs for it."""
    for seconds in (1, 4, 16):
        begun = time.monotonic()
        try:
            result = act(seconds)
        except (ClientError, ValueError):
            if time.monotonic() - begun < seconds:
                raise
        else:
            if time.monotonic() - begun < seconds:
                return result
    pytest.fail("the machine is too slow: what takes milliseconds has taken more than 16 s")


@pytest.fixture
def sqs(server: QueueServer) -> Sqs:
    return Sqs(server.client())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the listed differences."""
    listed = differences()
    for item in items:
        kind = getattr(getattr(item, "callspec", None), "params", {}).get("server", "")
        test = str(getattr(item, "originalname", ""))
        reason = listed.get((kind, test)) or listed.get((kind, _without_server(item.name, kind)))
        if reason:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def _without_server(test: str, kind: str | None) -> str:
    """The name of a test as the page has it: without the server that it runs on."""
    return test.replace(f"[{kind}]", "").replace(f"[{kind}-", "[")
