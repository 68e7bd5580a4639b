"""Collects results from the response queue, and leaves other cameras' results to them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from client.endpoints import EndpointError

LONG_POLL_S = 5


@dataclass(frozen=True, slots=True)
class FaceDetail:
    """What the result's attributes say of one face."""

    box: tuple[float, float, float, float]
    confidence: float
    name: str
    distance: float | None  #: to the nearest person in the gallery; None when it is empty


@dataclass(frozen=True, slots=True)
class Answer:
    """One result."""

    request_id: str
    result: str
    sent_ms: int  #: when it came into the response queue, by the queue's clock
    faces: tuple[FaceDetail, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    message_id: str = ""
    trace_header: str = ""  #: X-Ray's, as it travelled with the request

    def number(self, name: str) -> float | None:
        """Return a numeric attribute, None where it is missing."""
        try:
            return float(self.attributes[name])
        except (KeyError, ValueError):
            return None

    @property
    def latency_ms(self) -> float | None:
        """From the POST accepted to the result in the queue: two clocks that AWS has as well."""
        accepted = self.number("accepted_ms")
        return None if accepted is None else self.sent_ms - accepted


class Collector:
    """Receives results of requests that are ours."""

    def __init__(self, sqs: Any, queue_url: str, tell: Callable[[Sequence[Answer]], None] = lambda _: None) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._tell = tell  #: is told what was taken

    def poll(self, wanted: Mapping[str, object] | None, *, wait_s: int = LONG_POLL_S) -> Iterator[Answer]:
        """Yield what one long poll brings of the wanted request ids (None: of all), and delete it.

        What is not ours reappears by itself after the queue's visibility timeout of one second: made visible at once,
        it would come straight back to us. A server that does not answer yields nothing: whoever polls tries again. One
        that refuses is an `EndpointError`: it would refuse for ever.
        """
        try:
            answer = self._sqs.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=wait_s,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["SentTimestamp", "AWSTraceHeader"],
            )
            taken = []
            for message in answer.get("Messages", []):
                result = read_answer(message)
                if result is not None and (wanted is None or result.request_id in wanted):
                    self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
                    taken.append(result)
                    yield result
            self._tell(taken)
        except ClientError as error:
            if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) < 500:
                raise EndpointError(f"the response queue {self._queue_url} cannot be read: {error}") from error
        except BotoCoreError:
            return


def read_answer(message: Mapping[str, Any]) -> Answer | None:
    """Return the result in an SQS message, None when it holds none."""
    try:
        body = json.loads(message["Body"])
        request_id, result = body["request_id"], body["result"]
        sent_ms = int(message["Attributes"]["SentTimestamp"])
    except (ValueError, KeyError, TypeError):
        return None
    attributes = {
        name: str(value.get("StringValue", "")) for name, value in message.get("MessageAttributes", {}).items()
    }
    return Answer(
        *(str(request_id), str(result), sent_ms, _faces(attributes.get("faces", "[]")), attributes),
        message_id=str(message.get("MessageId", "")),
        trace_header=str(message["Attributes"].get("AWSTraceHeader", "")),
    )


def _faces(text: str) -> tuple[FaceDetail, ...]:
    try:
        return tuple(
            FaceDetail(tuple(face["box"]), face["confidence"], face["name"], face["distance"])
            for face in json.loads(text)
        )
    except (ValueError, KeyError, TypeError):
        return ()
