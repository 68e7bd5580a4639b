"""What happens while the emulator works, as typed events; who listens is decided where the parts are put together.

A part that emits events is given one `Emit` when it is made, and knows nothing of the listener (the journal).
"""

from collections.abc import Callable
from dataclasses import dataclass

from emulator.invocation import Invocation, Outcome
from emulator.resources import Function


@dataclass(frozen=True, slots=True)
class RequestAccepted:
    """A request has come in by a function URL."""

    function: str
    request_id: str
    trace_header: str
    at_s: float  #: when it came, in seconds since the epoch
    method: str
    path: str
    size_bytes: int  #: of its body


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """A function URL has answered."""

    function: str
    request_id: str
    trace_header: str
    status: int
    latency_ms: float
    reason: str = ""  #: of a failure
    body: bytes = b""  #: the request's own, after a failure: the function may not have told whose it was


@dataclass(frozen=True, slots=True)
class InvocationThrottled:
    """A call is not made: too many are in flight, or it could never be served."""

    invocation: Invocation
    reason: str


@dataclass(frozen=True, slots=True)
class InvocationStarted:
    """An environment is given a call."""

    invocation: Invocation
    environment: str
    function: Function  #: as it is at this moment: a call ends with the configuration that it began with
    waited_ms: float
    waited_for: str = ""  #: see `Outcome`


@dataclass(frozen=True, slots=True)
class InvocationWithdrawn:
    """The environment's process had ended before this call; another environment will be given it."""

    invocation: Invocation
    environment: str
    reason: str


@dataclass(frozen=True, slots=True)
class InvocationEnded:
    """A call has ended."""

    invocation: Invocation
    environment: str
    outcome: Outcome  #: its duration is the whole call's, an init phase inside it included
    init_ms: float | None = None  #: of an init phase that no call has told yet
    init_inside: bool = False  #: that init phase was part of this call


@dataclass(frozen=True, slots=True)
class EnvironmentReady:
    """An environment takes calls, at first or anew."""

    function: str
    environment: str


@dataclass(frozen=True, slots=True)
class EnvironmentReset:
    """An environment that took calls takes none until it is ready again."""

    function: str
    environment: str
    reason: str


@dataclass(frozen=True, slots=True)
class EnvironmentEnded:
    """What ran in an environment has ended: no more output of it comes."""

    function: str
    environment: str
    reason: str


@dataclass(frozen=True, slots=True)
class LineWritten:
    """A function has written a line."""

    function: str
    environment: str
    text: str


@dataclass(frozen=True, slots=True)
class OutputComplete:
    """All output of an invocation has come."""

    environment: str
    request_id: str
    peak_mb: int | None  #: the most memory that the environment has used until now


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """Something that happened to one message of a mapping's queue."""

    queue: str
    message_id: str
    trace_header: str = ""  #: that it was sent with


@dataclass(frozen=True, slots=True)
class MessageReceived(MessageEvent):
    """A mapping has received it."""

    sent_ms: int = 0  #: since the epoch
    receive_count: int = 1
    size_bytes: int = 0  #: of its body


@dataclass(frozen=True, slots=True)
class MessageFiltered(MessageEvent):
    """It matches no filter and is deleted."""


@dataclass(frozen=True, slots=True)
class MessageBatched(MessageEvent):
    """It is in the event of an invocation."""

    invocation_id: str = ""


@dataclass(frozen=True, slots=True)
class MessageDeleted(MessageEvent):
    """It is processed."""

    invocation_id: str = ""


@dataclass(frozen=True, slots=True)
class MessageReturned(MessageEvent):
    """It comes back when its visibility timeout ends."""

    reason: str = ""
    body: str = ""  #: its own: a function that crashes does not tell whose request it was
    invocation_id: str = ""  #: empty when it was in no event


@dataclass(frozen=True, slots=True)
class MessageDeadLettered(MessageReturned):
    """It has been received for the last time: SQS moves it to the dead letters."""


Event = (
    RequestAccepted
    | RequestAnswered
    | InvocationThrottled
    | InvocationStarted
    | InvocationWithdrawn
    | InvocationEnded
    | EnvironmentReady
    | EnvironmentReset
    | EnvironmentEnded
    | LineWritten
    | OutputComplete
    | MessageEvent
)
Emit = Callable[[Event], None]


def nobody(_event: Event) -> None:
    """Listen to nothing."""
