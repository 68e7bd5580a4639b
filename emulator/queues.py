"""All calls to SQS."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from emulator.aws.limits import MESSAGES_PER_CALL
from emulator.resources import Queue

log = logging.getLogger(__name__)

Message = Mapping[str, Any]  #: as ReceiveMessage returns it

#: that a poll waits for messages. It is short because it must be left to end: a queue server does not notice that
#: its caller has gone, goes on waiting, and takes a message for nobody
POLL_S = 1
READ_TIMEOUT_S = 30
READY_PAUSE_S = 0.1
RETRY_PAUSES_S = (0.1, 0.3, 1.0, 3.0, 5.0)
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class QueueError(RuntimeError):
    """The queue server refused or did not answer; the message says which call and why."""


class QueueMissingError(QueueError):
    """The queue does not exist: it was deleted, is not made yet, or its server forgot it in a new start."""


class QueueRefusedError(QueueError):
    """The queue server takes the call as it is at no time: a message is too large, a value is wrong."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where SQS is, and who we say we are."""

    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True)
class Depth:
    """Approximate numbers of a queue's messages."""

    visible: int
    in_flight: int
    delayed: int


@contextlib.asynccontextmanager
async def client(server: Server) -> AsyncIterator[Any]:
    """Yield aiobotocore's client of a server; nothing is asked yet."""
    config = AioConfig(
        connect_timeout=3, read_timeout=READ_TIMEOUT_S, retries={"max_attempts": 0}, max_pool_connections=200
    )
    async with get_session().create_client(
        "sqs",
        endpoint_url=server.endpoint,
        region_name=server.region,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        config=config,
    ) as connected:
        yield connected


class Queues:
    """The queues of one server, by their names."""

    def __init__(self, client: Any, endpoint: str) -> None:
        self._client = client
        self._endpoint = endpoint
        self._urls: dict[str, str] = {}

    async def wait_until_ready(self, timeout_s: float) -> None:
        """Wait for the server's first answer; `QueueError` names the endpoint after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                while not await self._answers():
                    await asyncio.sleep(READY_PAUSE_S)
        except TimeoutError as error:
            raise QueueError(
                f"no SQS server answers at {self._endpoint} within {timeout_s:g} s; is it running?"
            ) from error

    async def receive(self, name: str, *, maximum: int, wait_s: int, visibility_s: int | None = None) -> list[Message]:
        """Wait for up to ten messages with all their attributes; not to be cancelled, see `POLL_S`."""
        extra = {} if visibility_s is None else {"VisibilityTimeout": visibility_s}
        answer = await self._call(
            "receive_message",
            name,
            MaxNumberOfMessages=min(maximum, MESSAGES_PER_CALL),
            WaitTimeSeconds=wait_s,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
            **extra,
        )
        messages: list[Message] = answer.get("Messages", [])
        return messages

    async def delete(self, name: str, handles: Sequence[str]) -> None:
        """Delete messages, trying again what the server did not delete; gives up in the log after about ten seconds."""
        left = list(handles)
        for pause in (*RETRY_PAUSES_S, None):
            left = await self._batches("delete_message_batch", name, left, {})
            if not left:
                return
            if pause is not None:
                await asyncio.sleep(pause)
        log.error("%s: %d messages were processed and could not be deleted: they will come again", name, len(left))

    async def make_visible(self, name: str, handles: Sequence[str]) -> None:
        """Return received messages to the queue at once."""
        await self._batches("change_message_visibility_batch", name, list(handles), {"VisibilityTimeout": 0})

    async def send(self, name: str, body: str) -> None:
        """Put a message on a queue."""
        await self._call("send_message", name, MessageBody=body)

    async def depth(self, name: str) -> Depth:
        """Return how many messages a queue has."""
        answer = await self._call("get_queue_attributes", name, AttributeNames=list(COUNTS))
        return Depth(*(int(answer["Attributes"].get(count, 0)) for count in COUNTS))

    async def describe(self, name: str) -> Queue | None:
        """Return a queue as the server has it, whoever made it; None when there is none."""
        self._urls.pop(name, None)
        try:
            answer = await self._call("get_queue_attributes", name, AttributeNames=["All"])
        except QueueMissingError:
            return None
        return Queue.read_attributes(name, answer["Attributes"])

    async def _answers(self) -> bool:
        try:
            await self._client.list_queues(MaxResults=1)
        except ClientError:
            return True
        except (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError):
            return False
        return True

    async def _arn(self, name: str) -> str:
        answer = await self._call("get_queue_attributes", name, AttributeNames=["QueueArn"])
        return str(answer["Attributes"]["QueueArn"])

    async def _url(self, name: str) -> str:
        if name not in self._urls:
            self._urls[name] = (await self._raw("get_queue_url", QueueName=name))["QueueUrl"]
        return self._urls[name]

    async def _batches(self, operation: str, name: str, handles: list[str], fields: Mapping[str, Any]) -> list[str]:
        """Apply a batch operation in tens; return the handles that it should be tried again for."""
        left: list[str] = []
        for start in range(0, len(handles), MESSAGES_PER_CALL):
            part = handles[start : start + MESSAGES_PER_CALL]
            entries = [{"Id": str(index), "ReceiptHandle": handle, **fields} for index, handle in enumerate(part)]
            try:
                answer = await self._call(operation, name, Entries=entries)
            except QueueError as error:
                log.debug("%s", error)
                left += part
                continue
            # A sender's fault (an expired handle) does not get better by trying again.
            left += [part[int(failed["Id"])] for failed in answer.get("Failed", []) if not failed.get("SenderFault")]
        return left

    async def _call(self, operation: str, name: str, **arguments: Any) -> Any:
        try:
            return await self._raw(operation, QueueUrl=await self._url(name), **arguments)
        except QueueMissingError:
            self._urls.pop(name, None)  # made anew, it may have another
            raise

    async def _raw(self, operation: str, **arguments: Any) -> Any:
        try:
            return await getattr(self._client, operation)(**arguments)
        except ClientError as error:
            raise _refusal(error)(f"{operation}: {error}") from error
        except (BotoCoreError, ResponseParserError, aiohttp.ClientError, OSError, TimeoutError) as error:
            raise QueueError(f"{operation} at {self._endpoint}: {error or type(error).__name__}") from error


def _refusal(error: ClientError) -> type[QueueError]:
    """Return what a server's refusal means to whoever called."""
    code = error.response["Error"]["Code"]
    if "NonExistentQueue" in code or "QueueDoesNotExist" in code:
        return QueueMissingError
    refused = 400 <= error.response["ResponseMetadata"]["HTTPStatusCode"] < 500
    return QueueRefusedError if refused and "Throttl" not in code else QueueError
