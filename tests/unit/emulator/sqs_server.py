"""A queue server in memory, as a call of SQS's JSON protocol sees it: queues come, change and go."""

import re
from dataclasses import dataclass, field
from typing import Any

from emulator.queues import QueueMissingError, QueueRefusedError
from emulator.queues.template_queues import TemplateQueues
from emulator.resources import Queue

ARN = "arn:aws:sqs:us-east-1:000000000000:"


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

    async def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        name = re.sub(r"(?<!^)([A-Z])", r"_\1", operation).lower()
        return getattr(self, name)(**arguments) or {}

    def get_queue_url(self, *, QueueName: str) -> dict[str, Any]:  # noqa: N803  # SQS's names
        self.calls.append(("get_queue_url", QueueName))
        return {"QueueUrl": self._named("GetQueueUrl", QueueName).url}

    def create_queue(self, *, QueueName: str, Attributes: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        self.calls.append(("create_queue", QueueName))
        self._check_redrive("CreateQueue", Attributes)
        self.make(QueueName, **Attributes)
        return {"QueueUrl": self.queues[QueueName].url}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        return {"Attributes": dict(self._at("GetQueueAttributes", QueueUrl).attributes)}

    def set_queue_attributes(self, *, QueueUrl: str, Attributes: dict[str, str]) -> None:  # noqa: N803
        self._check_redrive("SetQueueAttributes", Attributes)
        self._at("SetQueueAttributes", QueueUrl).attributes.update(Attributes)

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        if len(MessageBody) > 1_048_576:
            raise QueueRefusedError("SendMessage: Message must be shorter than 1048576 bytes.")
        self._at("SendMessage", QueueUrl).bodies.append(MessageBody)

    def _named(self, operation: str, name: str) -> Stored:
        if name not in self.queues:
            raise QueueMissingError(f"{operation}: The specified queue does not exist.")
        return self.queues[name]

    def _at(self, operation: str, url: str) -> Stored:
        stored = self._named(operation, url.rpartition("/")[2])
        return stored if stored.url == url else self._named(operation, "")

    def _check_redrive(self, operation: str, attributes: dict[str, str]) -> None:
        policy = attributes.get("RedrivePolicy", "")
        if policy and not any(queue.attributes["QueueArn"] in policy for queue in self.queues.values()):
            raise QueueRefusedError(f"{operation}: Reason: Dead letter target does not exist.")


def connected(server: SqsServer, *queues: Queue) -> TemplateQueues:
    """Return a template's queues on this server."""
    return TemplateQueues(server, "http://sqs", {queue.name: queue for queue in queues})
