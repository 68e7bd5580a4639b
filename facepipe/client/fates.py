"""Why a photo has no result: the emulator's journal knows it, or the depth of the dead-letter queue tells something."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from facepipe.client.api import ask_soon
from facepipe.client.attached_debuggers import debuggers_at
from facepipe.client.endpoints import EndpointError, Endpoints, queue_url

DEPTH = "ApproximateNumberOfMessages"
RECEIVED = "in "  #: how a trace names a message's time in a queue, which ends with its receive
ENDS = ("deleted", "returned", "dead-lettered", "filtered")


@dataclass(frozen=True, slots=True)
class KnownFate:
    """What is known of a request without a result."""

    words: str = ""
    is_final: bool = False  #: no result can come any more, or not before the wait is over
    comes_back: bool = False  #: its message will be tried again

    @property
    def end_of_wait(self) -> str:
        """Why the wait for a result ends."""
        what = "no result comes before the wait is over" if self.comes_back else "no result can come"
        return f"{what}: {self.words}"


class Fates(Protocol):
    """Knows what became of requests; it may know nothing."""

    def failure(self, trace_id: str) -> str:
        """Return why a function failed; empty if that is not known."""
        ...

    def look(self, trace_id: str, left_s: float) -> KnownFate:
        """Return what became of an accepted photo, which is waited for `left_s` seconds more."""
        ...

    def debuggers(self) -> Collection[str]:
        """Return what debuggers do with the functions (attached_debuggers.py)."""
        ...


class UnknownFates:
    """Where nobody can be asked."""

    def failure(self, trace_id: str) -> str:  # noqa: ARG002  # as the protocol has it
        """Return nothing."""
        return ""

    def look(self, trace_id: str, left_s: float) -> KnownFate:  # noqa: ARG002  # as the protocol has it
        """Return nothing."""
        return KnownFate()

    def debuggers(self) -> Collection[str]:
        """Return nothing."""
        return ()


class JournalFates:
    """Asks the emulator's journal; once it does not answer, it is not asked again."""

    def __init__(self, api: str, sqs: Any) -> None:
        self._api = api
        self._sqs = sqs
        self._visibility: dict[str, float] = {}  #: visibility timeouts by queue, in seconds

    def failure(self, trace_id: str) -> str:
        """Return the reason that the trace shows for the URL's last answer."""
        spans = (self._trace(trace_id) or {}).get("spans", [])
        notes = [str(span["note"]) for span in spans if span["name"] == "responded" and span["failed"]]
        return notes[-1].partition(" ")[2] if notes else ""

    def look(self, trace_id: str, left_s: float) -> KnownFate:
        """Return what the trace shows."""
        trace = self._trace(trace_id)
        if trace is None:
            return KnownFate("the emulator knows nothing of it" if self._api else "")
        return fate_of(trace, until_ms=(time.time() + left_s) * 1000, visibility_s=self._visibility_s)

    def debuggers(self) -> Collection[str]:
        """Return what the emulator says."""
        return debuggers_at(self._api)

    def _trace(self, trace_id: str) -> Mapping[str, Any] | None:
        if not self._api:
            return None
        try:
            return ask_soon(self._api, f"/trace/{trace_id}")
        except EndpointError as error:
            if not str(error).startswith("nothing is known"):
                self._api = ""
            return None

    def _visibility_s(self, queue: str) -> float:
        if queue not in self._visibility:
            try:
                url = queue_url(self._sqs, queue)
                answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
                self._visibility[queue] = float(answer["Attributes"]["VisibilityTimeout"])
            except (BotoCoreError, ClientError, EndpointError, KeyError, ValueError):
                self._visibility[queue] = 0.0
        return self._visibility[queue]


class DeadLetterDepth:
    """Compares the number of dead letters with that at the beginning: all that a client sees on AWS."""

    def __init__(self, sqs: Any, queue: str) -> None:
        self._sqs = sqs
        self._queue = queue
        self._before = self._depth()

    def failure(self, trace_id: str) -> str:  # noqa: ARG002  # as the protocol has it
        """Return where the reason is."""
        return "the function failed; its log group in CloudWatch Logs has the reason"

    def look(self, trace_id: str, left_s: float) -> KnownFate:  # noqa: ARG002  # whose they are, their number does not say
        """Return how many dead letters have come since the beginning."""
        if self._before is None or (now := self._depth()) is None or now <= self._before:
            return KnownFate()
        name = self._queue.rpartition("/")[2]
        return KnownFate(
            f"{now - self._before} more messages are in the dead-letter queue {name} than at the beginning"
        )

    def debuggers(self) -> Collection[str]:
        """Return nothing: there are none on AWS."""
        return ()

    def _depth(self) -> int | None:
        try:
            url = queue_url(self._sqs, self._queue)
            return int(self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[DEPTH])["Attributes"][DEPTH])
        except (BotoCoreError, ClientError, EndpointError, KeyError, ValueError):
            return None


def fates_of(endpoints: Endpoints, sqs: Any) -> Fates:
    """Return who knows of this pipeline's requests."""
    if endpoints.api:
        return JournalFates(endpoints.api, sqs)
    return DeadLetterDepth(sqs, endpoints.dead_letters) if endpoints.dead_letters else UnknownFates()


def fate_of(trace: Mapping[str, Any], *, until_ms: float, visibility_s: Callable[[str], float]) -> KnownFate:
    """Return what a trace says of a request whose result is waited for until some time, in ms since 1970."""
    spans: Sequence[Mapping[str, Any]] = trace["spans"]
    last = next((span for span in reversed(spans) if span["name"] in ENDS), None)
    if last is None:
        running = [span["name"] for span in spans if span["note"] == "still running"]
        return KnownFate(
            f"{running[-1]} is still running" if running else "no function has taken its message from a queue"
        )
    queue, _, reason = str(last["note"]).partition(": ")
    complete, single = bool(trace["complete"]), len(trace["messages"]) <= 1
    match last["name"]:
        case "dead-lettered":
            return KnownFate(f"its message in {queue} became a dead letter: {reason}", is_final=complete)
        case "filtered":
            return KnownFate(f"no filter of the event source mapping matches its message in {queue}", is_final=complete)
        case "returned":
            received = [span["end_ms"] for span in spans if span["name"] == f"{RECEIVED}{queue}"]
            visible_ms = (received[-1] if received else last["start_ms"]) + visibility_s(queue) * 1000
            at = time.strftime("%H:%M:%S", time.localtime(visible_ms / 1000))
            words = f"a call for its message in {queue} failed: {reason}; the message is visible again at {at}"
            return KnownFate(words, is_final=single and visible_ms > until_ms, comes_back=True)
    return KnownFate(f"its message in {queue} was processed; no result with its request_id has come")
