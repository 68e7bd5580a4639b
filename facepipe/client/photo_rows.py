"""What became of photos, and how they are sent."""

from dataclasses import dataclass

import httpx

from facepipe.client.collect import CollectedResult


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one photo. One that has neither a result nor a problem is still waited for."""

    request_id: str
    name: str
    faces: int | None = None  #: that detection counted; None when the photo was not accepted
    answer: CollectedResult | None = None
    problem: str = ""
    attempts: int = 1
    duplicates: int = 0  #: results beyond the first
    total_ms: float = 0.0  #: by our own clock, from the first try to the result
    started_ms: float = 0.0  #: since 1970, of the first try
    note: str = ""
    trace_id: str = ""  #: the root of the X-Ray trace that its requests began
    accepted: bool = False

    @property
    def completed(self) -> bool:
        """Whether there is a result, and it came in time."""
        return self.answer is not None and not self.problem

    @property
    def settled(self) -> bool:
        """Whether nothing more is waited for."""
        return self.answer is not None or bool(self.problem)


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How to send."""

    url: str
    in_flight: int = 4
    timeout_s: float = 60.0  #: from a photo's acceptance to its result
    request_timeout_s: float = 60.0
    attempts: int = 20
    linger_s: float = 0.0  #: to look for duplicates after the last result
    auth: httpx.Auth | None = None  #: signs requests, where the URL wants it
    persistent: bool = False  #: send again also what a function failed with, and while nobody listens
