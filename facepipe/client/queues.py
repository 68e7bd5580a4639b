"""What is in the queues, and emptying them."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from facepipe.client.endpoints import EndpointError

COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
REDRIVE = "RedrivePolicy"
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
    redrives: bool = False  #: its messages become dead letters after some receives

    @property
    def depth(self) -> int:
        """All messages."""
        return self.visible + self.in_flight + self.delayed


def list_queues(
    sqs: Any, ages: Mapping[str, float | None] | None = None, clock: Callable[[], float] = time.time
) -> list[QueueState]:
    """Return the state of every queue; `EndpointError` when the server cannot be reached.

    `ages` has the ages of the queues' oldest messages by name, where the emulator tells them; else they are looked for.
    """
    try:
        urls = sqs.list_queues().get("QueueUrls", [])
        attributes = {url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls}
        sources = _sources(attributes.values())

        def oldest_s(url: str) -> float | None:
            if ages is not None:
                return ages.get(_name(url))
            # SQS tells no age: one has to receive. Where a redrive policy counts receives, that would cost a life.
            redrives = REDRIVE in attributes[url]
            return None if redrives or attributes[url].get(COUNTS[0], "0") == "0" else _oldest_s(sqs, url, clock)

        return [_state(url, attributes[url], sources, oldest_s(url)) for url in sorted(urls)]
    except (BotoCoreError, ClientError) as error:
        cure = "" if isinstance(error, ClientError) else "; is the pipeline up?"  # a server that answers is up
        raise EndpointError(f"the queues cannot be listed ({error}){cure}") from error


def purge(sqs: Any, queues: Sequence[QueueState]) -> None:
    """Delete every message of these queues."""
    for queue in queues:
        try:
            sqs.purge_queue(QueueUrl=queue.url)
        except sqs.exceptions.PurgeQueueInProgress as error:
            raise EndpointError(f"{queue.name} was emptied less than 60 s ago; SQS allows it once a minute") from error
        except (BotoCoreError, ClientError) as error:
            raise EndpointError(f"{queue.name} cannot be emptied: {error}") from error


def _state(
    url: str, attributes: Mapping[str, str], sources: Mapping[str, list[str]], oldest_s: float | None
) -> QueueState:
    arn = attributes["QueueArn"]
    visible, in_flight, delayed = (int(attributes.get(count, 0)) for count in COUNTS)
    return QueueState(
        name=_name(url),
        url=url,
        arn=arn,
        visible=visible,
        in_flight=in_flight,
        delayed=delayed,
        oldest_s=oldest_s,
        dead_letters_of=tuple(sources.get(arn, [])),
        redrives=REDRIVE in attributes,
    )


def _name(url: str) -> str:
    return url.rpartition("/")[2]


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
        if REDRIVE in queue:
            target = json.loads(queue[REDRIVE])["deadLetterTargetArn"]
            sources.setdefault(target, []).append(queue["QueueArn"].rsplit(":", 1)[1])
    return sources
