"""A queue server in memory, as aiobotocore's client sees it: queues come, change and go."""

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from emulator.resources import Queue
from emulator.template_queues import TemplateQueues

ARN = "arn:aws:sqs:us-east-1:000000000000:"


def refusal(operation: str, code: str, message: str) -> ClientError:
    error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(error, operation)


@dataclass
class Stored:
    """One queue."""

    url: str
    attributes: dict[str, str]
    bodies: list[str] = field(default_factory=list)


@dataclass
class SqsServer:
    """Refuses what SQS refuses: calls to queues that are not there, a redrive to a queue that is not there."""

    queues: dict[str, Stored] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)  #: operation and queue
    made: int = 0

    def make(self, name: str, **attributes: str) -> None:
        """Do as a program does that calls CreateQueue."""
        self.made += 1
        self.queues[name] = Stored(f"http://sqs/{self.made}/{name}", {"QueueArn": ARN + name, **attributes})

    async def get_queue_url(self, *, QueueName: str) -> dict[str, Any]:  # noqa: N803  # SQS's names
        self.calls.append(("get_queue_url", QueueName))
        return {"QueueUrl": self._named("GetQueueUrl", QueueName).url}

    async def create_queue(self, *, QueueName: str, Attributes: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        self.calls.append(("create_queue", QueueName))
        self._check_redrive("CreateQueue", Attributes)
        self.make(QueueName, **Attributes)
        return {"QueueUrl": self.queues[QueueName].url}

    async def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        return {"Attributes": dict(self._at("GetQueueAttributes", QueueUrl).attributes)}

    async def set_queue_attributes(self, *, QueueUrl: str, Attributes: dict[str, str]) -> None:  # noqa: N803
        self._check_redrive("SetQueueAttributes", Attributes)
        self._at("SetQueueAttributes", QueueUrl).attributes.update(Attributes)

    async def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        if len(MessageBody) > 1_048_576:
            raise refusal("SendMessage", "InvalidParameterValue", "Message must be shorter than 1048576 bytes.")
        self._at("SendMessage", QueueUrl).bodies.append(MessageBody)

    def _named(self, operation: str, name: str) -> Stored:
        if name not in self.queues:
            raise refusal(operation, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
        return self.queues[name]

    def _at(self, operation: str, url: str) -> Stored:
        stored = self._named(operation, url.rpartition("/")[2])
        return stored if stored.url == url else self._named(operation, "")

    def _check_redrive(self, operation: str, attributes: dict[str, str]) -> None:
        policy = attributes.get("RedrivePolicy", "")
        if policy and not any(queue.attributes["QueueArn"] in policy for queue in self.queues.values()):
            raise refusal(operation, "InvalidParameterValue", "Reason: Dead letter target does not exist.")


def connected(server: SqsServer, *queues: Queue) -> TemplateQueues:
    """Return a template's queues on this server."""
    return TemplateQueues(server, "http://sqs", queues)
