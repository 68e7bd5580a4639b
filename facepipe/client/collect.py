"""Collects results from the response queue, and leaves other cameras' results to them."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from botocore.exceptions import BotoCoreError, ClientError

from facepipe.client.endpoints import EndpointError
from facepipe.client.others import BATCH, HIDDEN_S, Others

LONG_POLL_S = 5


@dataclass(frozen=True, slots=True)
class FaceDetail:
    """What the result's attributes say of one face."""

    box: tuple[float, float, float, float]
    confidence: float
    name: str
    distance: float | None  #: to the nearest person in the gallery; None when it is empty


@dataclass(frozen=True, slots=True)
class CollectedResult:
    """One result."""

    request_id: str  #: empty for a message that names none
    result: str  #: the field of that name; where it is no text, everything but the request_id, as JSON
    sent_ms: int  #: when it came into the response queue, by the queue's clock
    faces: tuple[FaceDetail, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    message_id: str = ""
    trace_header: str = ""  #: X-Ray's, as it travelled with the request
    body: str = ""  #: the whole message

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


class ResultSource(Protocol):
    """What brings results."""

    def poll(self, wanted: Mapping[str, object] | None, *, wait_s: int) -> Iterator[CollectedResult]:
        """Wait up to `wait_s` seconds, and yield the results of these request ids, or of all for None."""
        ...


class Collector:
    """Receives results of requests that are ours; as a context manager it hands back the others at its end."""

    def __init__(
        self,
        sqs: Any,
        queue_url: str,
        tell: Callable[[Sequence[CollectedResult]], None] = lambda _: None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._tell = tell  #: called with what a poll has brought, and with nothing at the end
        self._others = Others(sqs, queue_url, clock)
        self._nameless: set[str] = set()  #: messages without a request_id
        self._more = False  #: the last look brought as many as one can: there may be more at once

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hand back what is not ours, and tell of the last results."""
        self._others.leave()
        self._tell(())

    @property
    def leftovers(self) -> str:
        """What to tell a person about results of other requests; empty where there are none."""
        if not (count := self._others.count):
            return ""
        name = self._queue_url.rsplit("/", 1)[-1]
        nameless = f" ({len(self._nameless)} of them without a request_id)" if self._nameless else ""
        return (
            f"{count} results of other requests lie in the queue {name}{nameless}: `facepipe collect` takes them,"
            f" `facepipe queues {name} --purge` deletes them"
        )

    def poll(self, wanted: Mapping[str, object] | None, *, wait_s: int = LONG_POLL_S) -> Iterator[CollectedResult]:
        """Yield what one long poll brings of the wanted request ids (None: of all), and then delete it in one call.

        What was not yielded stays in the queue, and what is not ours as well (others.py). A server that does not
        answer yields nothing: whoever polls tries again. One that refuses is an `EndpointError`: it would refuse for
        ever.
        """
        received: list[tuple[Mapping[str, Any], CollectedResult]] = []
        with self._unanswered():
            received = self._receive(wanted, wait_s)
        taken = []
        try:
            for message, result in received:
                taken.append((message, result))
                yield result
        finally:
            with self._unanswered():
                self._delete([message for message, _ in taken])
            self._tell([result for _, result in taken])

    @contextlib.contextmanager
    def _unanswered(self) -> Iterator[None]:
        """Let pass that a server does not answer, not that it refuses."""
        try:
            yield
        except ClientError as error:
            if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) < 500:
                raise EndpointError(f"the response queue {self._queue_url} cannot be read: {error}") from error
        except BotoCoreError:
            return

    def _delete(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Delete at most ten messages; one that the server could not delete comes back later."""
        if not messages:
            return
        entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
        answer = self._sqs.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)
        refused = [failed for failed in answer.get("Failed", []) if failed.get("SenderFault")]
        if refused:
            why = refused[0].get("Message") or refused[0].get("Code")
            raise EndpointError(f"the response queue {self._queue_url} does not delete results: {why}")

    def _receive(
        self, wanted: Mapping[str, object] | None, wait_s: int
    ) -> list[tuple[Mapping[str, Any], CollectedResult]]:
        """Return our messages of one long poll, with what is in them."""
        if not self._more:
            self._others.put_back()
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HIDDEN_S,
            WaitTimeSeconds=wait_s,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp", "AWSTraceHeader"],
        )
        messages = answer.get("Messages", [])
        self._more = len(messages) == BATCH
        ours, others = [], []
        for message in messages:
            result = read_answer(message)
            if wanted is None or result.request_id in wanted:
                ours.append((message, result))
            else:
                others.append(message)
                if not result.request_id:
                    self._nameless.add(result.message_id)
        self._others.keep(others)
        return ours


def read_answer(message: Mapping[str, Any]) -> CollectedResult:
    """Return the result in an SQS message, whichever application has sent it."""
    request_id, result = read_body(message["Body"])
    attributes = {
        name: str(value.get("StringValue", "")) for name, value in message.get("MessageAttributes", {}).items()
    }
    return CollectedResult(
        request_id=request_id,
        result=result,
        sent_ms=int(message["Attributes"]["SentTimestamp"]),
        faces=_faces(attributes.get("faces", "[]")),
        attributes=attributes,
        message_id=str(message.get("MessageId", "")),
        trace_header=str(message["Attributes"].get("AWSTraceHeader", "")),
        body=message["Body"],
    )


def read_body(body: str) -> tuple[str, str]:
    """Return the request_id and the result of a message: its field of that name if it is a text, else all the rest."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return "", body
    if not isinstance(content, dict):
        return "", body
    request_id = content.pop("request_id", None)
    if not isinstance(request_id, str | int) or request_id == "":
        return "", body
    result = content.get("result")
    return str(request_id), result if isinstance(result, str) else json.dumps(content, ensure_ascii=False)


def _faces(text: str) -> tuple[FaceDetail, ...]:
    try:
        return tuple(
            FaceDetail(tuple(face["box"]), face["confidence"], face["name"], face["distance"])
            for face in json.loads(text)
        )
    except (ValueError, KeyError, TypeError):
        return ()
