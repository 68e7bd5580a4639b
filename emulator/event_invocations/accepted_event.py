"""An event that was accepted for an asynchronous invocation, and how far it has come."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from emulator.aws.identifiers import LATEST
from emulator.invocation import Invocation, Outcome, OutcomeKind

CALLED, THROTTLED = 200, 429  #: the status of an attempt: the function was called, or it was not


class UnreadableTextError(ValueError):
    """A kept text is none of this version of the emulator; the message says why."""


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """Turn the errors of reading a kept text into `UnreadableTextError`."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableTextError(f"{type(error).__name__}: {error}") from error


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of one attempt, as invocation records describe it."""

    status: int
    failed: bool
    payload: str = ""  #: the function's answer or error, as JSON; empty if the function was not called
    reason: str = ""  #: of a failure, in one line
    version: str = LATEST  #: the version of the function that ran

    @classmethod
    def of(cls, outcome: Outcome) -> "Attempt":
        """Return the attempt that ended with this outcome."""
        failed = outcome.kind is not OutcomeKind.SUCCESS
        reason = (outcome.reason or outcome.kind.value) if failed else ""
        if outcome.kind is OutcomeKind.THROTTLED:
            return cls(THROTTLED, failed, reason=reason)
        return cls(CALLED, failed, (outcome.payload or b"null").decode("utf-8", "replace"), reason, outcome.version)


@dataclass(frozen=True, slots=True)
class AcceptedEvent:
    """An event of one function. It keeps its request id over all attempts, like on AWS."""

    function: str
    request_id: str
    payload: str  #: JSON
    trace_header: str
    accepted_at: float  #: seconds since 1970
    calls: int = 0  #: how often the function was called
    throttles: int = 0  #: how often it was throttled since the last call
    shortened_s: float = 0.0  #: by how much its waits between calls were shorter than on AWS
    last: Attempt | None = None
    qualifier: str = ""  #: the version or alias that its caller named, or empty

    @property
    def target(self) -> str:
        """The function, with the version or alias that its caller named."""
        return self.invocation().target

    def age_s(self, now: float) -> float:
        """Return its age. A wait between two calls counts as long as on AWS, even if it was shorter here."""
        return now - self.accepted_at + self.shortened_s

    def invocation(self) -> Invocation:
        """Return the invocation to make."""
        return Invocation(
            self.function, self.request_id, self.payload.encode(), self.trace_header, qualifier=self.qualifier
        )

    def after(self, attempt: Attempt) -> "AcceptedEvent":
        """Return the event after one more attempt."""
        if attempt.status == THROTTLED:
            return replace(self, throttles=self.throttles + 1, last=attempt)
        return replace(self, calls=self.calls + 1, throttles=0, last=attempt)

    def to_text(self) -> str:
        """Return the event as text that can be kept."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "AcceptedEvent":
        """Read what `to_text` returned; `UnreadableTextError` for anything else."""
        with readable():
            fields: dict[str, Any] = json.loads(text)
            last = fields.pop("last")
            return cls(**fields, last=Attempt(**last) if last else None)
