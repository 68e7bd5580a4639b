"""What is in the queues, emptying them, and bringing dead letters back."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from facepipe.client.endpoints import EndpointError

COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
LOOK_VISIBILITY_S = 1  #: that a message is hidden while its age is read


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue at one moment; all numbers are approximate, as SQS's are."""

    name: str
    url: str
    arn: str
    visible: int
    in_flight: int
    delayed: int
    oldest_s: float | None  #: age of the oldest of up to ten messages; None where a look would count as a receive
    dead_letters_of: tuple[str, ...] = ()  #: names of the queues whose dead letters come here

    @property
    def depth(self) -> int:
        """All messages."""
        return self.visible + self.in_flight + self.delayed


def list_queues(sqs: Any, clock: Callable[[], float] = time.time) -> list[QueueState]:
    """Return the state of every queue; `EndpointError` when the server cannot be reached."""
    try:
        urls = sqs.list_queues().get("QueueUrls", [])
        attributes = {url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls}
        sources = _sources(attributes.values())
        return [_state(sqs, url, attributes[url], sources, clock) for url in sorted(urls)]
    except (BotoCoreError, ClientError) as error:
        raise EndpointError(f"the queues cannot be listed ({error}); is the pipeline up?") from error


def purge(sqs: Any, queues: Sequence[QueueState]) -> None:
    """Delete every message of these queues."""
    for queue in queues:
        try:
            sqs.purge_queue(QueueUrl=queue.url)
        except sqs.exceptions.PurgeQueueInProgress as error:
            raise EndpointError(f"{queue.name} was emptied less than 60 s ago; SQS allows it once a minute") from error
        except (BotoCoreError, ClientError) as error:
            raise EndpointError(f"{queue.name} cannot be emptied: {error}") from error


def replay(sqs: Any, queues: Sequence[QueueState]) -> dict[str, int]:
    """Move dead letters back to where they came from; return how many, by dead-letter queue.

    By hand, since not every local server has StartMessageMoveTask: each message is deleted only once its copy was
    accepted, so that an interruption sends one twice at worst. Needs a dead-letter queue with a single source.
    """
    by_name = {queue.name: queue for queue in queues}
    moved = {}
    for queue in queues:
        if not queue.dead_letters_of:
            continue
        if len(queue.dead_letters_of) > 1:
            raise EndpointError(
                f"{queue.name} serves {', '.join(queue.dead_letters_of)}: which a message came from is unknown"
            )
        moved[queue.name] = _move(sqs, queue.url, by_name[queue.dead_letters_of[0]].url)
    return moved


def _move(sqs: Any, source: str, target: str) -> int:
    moved = 0
    while True:
        answer = sqs.receive_message(
            QueueUrl=source,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            WaitTimeSeconds=2 * LOOK_VISIBILITY_S,
        )
        messages = answer.get("Messages", [])
        for message in messages:
            attributes = {
                name: {key: value[key] for key in ("DataType", "StringValue", "BinaryValue") if key in value}
                for name, value in message.get("MessageAttributes", {}).items()
            }
            sqs.send_message(QueueUrl=target, MessageBody=message["Body"], MessageAttributes=attributes)
            sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
        if not messages:
            return moved


def _state(
    sqs: Any, url: str, attributes: dict[str, str], sources: dict[str, list[str]], clock: Callable[[], float]
) -> QueueState:
    visible, in_flight, delayed = (int(attributes.get(count, 0)) for count in COUNTS)
    arn = attributes["QueueArn"]
    # SQS tells no age: one has to receive. Where a redrive policy counts receives, that would cost messages a life.
    oldest = _oldest_s(sqs, url, clock) if visible and "RedrivePolicy" not in attributes else None
    return QueueState(url.rsplit("/", 1)[1], url, arn, visible, in_flight, delayed, oldest, tuple(sources.get(arn, [])))


def _oldest_s(sqs: Any, url: str, clock: Callable[[], float]) -> float | None:
    """Look at up to ten messages, which are hidden for a second by that."""
    answer = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=LOOK_VISIBILITY_S,
        MessageSystemAttributeNames=["SentTimestamp"],
    )
    sent = [int(message["Attributes"]["SentTimestamp"]) for message in answer.get("Messages", [])]
    return clock() - min(sent) / 1000 if sent else None


def _sources(attributes: Any) -> dict[str, list[str]]:
    """Return, by the ARN of a dead-letter queue, the names of the queues that use it."""
    sources: dict[str, list[str]] = {}
    for queue in attributes:
        if "RedrivePolicy" in queue:
            target = json.loads(queue["RedrivePolicy"])["deadLetterTargetArn"]
            sources.setdefault(target, []).append(queue["QueueArn"].rsplit(":", 1)[1])
    return sources
