"""The embedded queue's operations in virtual time, as a test calls them."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from emulator.aws.arns import Arns
from emulator.queues.embedded.errors import SqsError
from emulator.queues.embedded.opening import open_queues
from emulator.queues.embedded.service import EmbeddedSqs
from tests.unit.emulator import sqs_model

START = 1_790_000_000.0  #: seconds since 1970 at which virtual time begins

ALL = {"MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"]}


@dataclass
class VirtualSqs:
    """Calls of one account, and a clock that jumps."""

    sqs: EmbeddedSqs

    async def call(self, operation: str, queue: str = "", **parameters: Any) -> dict[str, Any]:
        """Make a call of a queue, if one is named."""
        return await self.sqs.call(operation, {**({"QueueUrl": queue} if queue else {}), **parameters})

    async def create(self, name: str, **attributes: str) -> None:
        """Create a queue; a FIFO queue by its name."""
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        await self.sqs.call("CreateQueue", {"QueueName": name, "Attributes": {**fifo, **attributes}})

    async def send(self, queue: str, *bodies: str, **parameters: Any) -> list[str]:
        """Send messages one after another; return their ids."""
        return [(await self.call("SendMessage", queue, MessageBody=body, **parameters))["MessageId"] for body in bodies]

    async def receive(self, queue: str, maximum: int = 10, **parameters: Any) -> list[dict[str, Any]]:
        """Receive messages with all their attributes."""
        answer = await self.call("ReceiveMessage", queue, MaxNumberOfMessages=maximum, **ALL, **parameters)
        return list(answer.get("Messages", []))

    async def bodies(self, queue: str, maximum: int = 10, **parameters: Any) -> list[str]:
        """Receive messages; return their bodies."""
        return [message["Body"] for message in await self.receive(queue, maximum, **parameters)]

    async def delete(self, queue: str, message: dict[str, Any]) -> None:
        """Delete a message that was received."""
        await self.call("DeleteMessage", queue, ReceiptHandle=message["ReceiptHandle"])

    async def counts(self, queue: str) -> tuple[int, int, int]:
        """Return how many messages are visible, in flight and delayed."""
        attributes = (await self.call("GetQueueAttributes", queue, AttributeNames=["All"]))["Attributes"]
        names = ("", "NotVisible", "Delayed")
        visible, in_flight, delayed = (int(attributes[f"ApproximateNumberOfMessages{name}"]) for name in names)
        return visible, in_flight, delayed

    async def refusal(self, operation: str, queue: str = "", **parameters: Any) -> tuple[str, str]:
        """Make a call that is refused; return the error's code and message."""
        try:
            answer = await self.call(operation, queue, **parameters)
        except SqsError as error:
            return error.code, error.message
        raise AssertionError(f"{operation} was answered: {answer}")


def now() -> float:
    """Return the virtual time in seconds since 1970."""
    return START + asyncio.get_running_loop().time()


def run(program: Callable[[VirtualSqs], Coroutine[Any, Any, Any]]) -> Any:
    """Run a program against an empty account, in virtual time."""

    async def with_queues() -> Any:
        async with open_queues(None, Arns(), clock=now) as sqs:
            return await program(VirtualSqs(sqs))

    return sqs_model.run(with_queues())
