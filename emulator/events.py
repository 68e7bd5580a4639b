"""The events of the emulator at work, as dataclasses.

A part that emits events gets an `Emit` at construction and does not know the listener, which is the journal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from emulator.invocation import Invocation, Outcome
from emulator.resources import Function


class Event:
    """Something that has happened in the emulator."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class RequestAccepted(Event):
    """A function URL has received a request."""

    function: str
    request_id: str
    trace_header: str
    at_s: float  #: seconds since 1970
    method: str
    path: str
    size_bytes: int  #: the body's
    body: bytes = b""  #: it may name the application's request and file


@dataclass(frozen=True, slots=True)
class RequestAnswered(Event):
    """A function URL has sent its response."""

    function: str
    request_id: str
    trace_header: str
    status: int
    latency_ms: float
    reason: str = ""  #: after a failure
    body: bytes = b""  #: the request's body after a failure, because the function may not have logged its request_id


@dataclass(frozen=True, slots=True)
class InvocationThrottled(Event):
    """A call is refused, because too many are in flight, or because it is part of a deadlock."""

    invocation: Invocation
    reason: str


@dataclass(frozen=True, slots=True)
class InvocationStarted(Event):
    """An environment gets a call."""

    invocation: Invocation
    environment: str
    function: Function  #: the configuration with which the call begins and ends
    waited_ms: float
    waited_for: str = ""  #: see `Outcome`


@dataclass(frozen=True, slots=True)
class InvocationWithdrawn(Event):
    """The environment's process had ended before this call; another environment will get the call."""

    invocation: Invocation
    environment: str
    reason: str


@dataclass(frozen=True, slots=True)
class InvocationEnded(Event):
    """A call has ended."""

    invocation: Invocation
    environment: str
    outcome: Outcome  #: its duration includes an init phase inside the call
    init_ms: float | None = None  #: duration of an init phase that has not been reported with a call yet
    init_inside: bool = False  #: whether that init phase was part of this call


@dataclass(frozen=True, slots=True)
class EnvironmentReady(Event):
    """An environment can take calls, after its first start or a restart."""

    function: str
    environment: str


@dataclass(frozen=True, slots=True)
class InitEnded(Event):
    """The init phase of an environment has ended, whether it succeeded or not."""

    function: Function
    environment: str
    duration_ms: float
    status: str  #: "success", "error" or "timeout"
    error_type: str = ""  #: after an error
    inside_call: bool = False  #: it was run again for a call, within the call's timeout


@dataclass(frozen=True, slots=True)
class ExtensionInitialised(Event):
    """An extension has been initialised, or has failed."""

    function: Function
    environment: str
    name: str
    events: Sequence[str]  #: for which it has registered
    error_type: str = ""  #: why it failed


@dataclass(frozen=True, slots=True)
class EnvironmentReset(Event):
    """An environment takes no calls until it is ready again."""

    function: str
    environment: str
    reason: str


@dataclass(frozen=True, slots=True)
class EnvironmentEnded(Event):
    """An environment's processes have ended, and write no more output."""

    function: str
    environment: str
    reason: str


@dataclass(frozen=True, slots=True)
class DebuggerHolds(Event):
    """A debugger holds an environment, for example at a breakpoint: no timeout runs."""

    function: str
    environment: str
    request_id: str  #: of the call that is held; empty in the init phase
    trace_header: str


@dataclass(frozen=True, slots=True)
class DebuggerReleases(DebuggerHolds):
    """The environment runs again."""

    held_ms: float


@dataclass(frozen=True, slots=True)
class LineWritten(Event):
    """A function has written a line of output."""

    function: str
    environment: str
    text: str


@dataclass(frozen=True, slots=True)
class OutputComplete(Event):
    """All output of an invocation has arrived."""

    environment: str
    request_id: str
    peak_mb: int | None  #: the environment's highest memory use so far


@dataclass(frozen=True, slots=True)
class StatusIgnored(Event):
    """A function answered a batch with an HTTP status for a failure, and its messages are deleted all the same."""

    function: str
    status: int
    messages: int  #: how many are deleted


@dataclass(frozen=True, slots=True)
class MessageEvent(Event):
    """An event of one message in a mapping's queue."""

    queue: str
    message_id: str
    trace_header: str = ""  #: with which the message was sent


@dataclass(frozen=True, slots=True)
class MessageReceived(MessageEvent):
    """A mapping has received the message."""

    sent_ms: int = 0  #: since 1970
    receive_count: int = 1
    size_bytes: int = 0  #: the body's
    body: str = ""  #: it may name the application's request and file


@dataclass(frozen=True, slots=True)
class MessageFiltered(MessageEvent):
    """The message matches no filter and is deleted."""


@dataclass(frozen=True, slots=True)
class MessageBatched(MessageEvent):
    """The message is part of an invocation's event."""

    invocation_id: str = ""


@dataclass(frozen=True, slots=True)
class MessageDeleted(MessageEvent):
    """The message was processed and is deleted."""

    invocation_id: str = ""


@dataclass(frozen=True, slots=True)
class MessageReturned(MessageEvent):
    """The message becomes visible again when its visibility timeout ends."""

    reason: str = ""
    body: str = ""  #: the message's body, because a function that crashes cannot log its request_id
    invocation_id: str = ""  #: empty if the message was in no event
    visible_in_s: float = 0.0  #: how long its visibility timeout still lasts


@dataclass(frozen=True, slots=True)
class MessageDeadLettered(MessageReturned):
    """The message was received for the last time; SQS moves it to the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class MessageSent(Event):
    """A program or a function has sent a message through the emulator."""

    queue: str
    message_id: str
    trace_header: str
    body: str
    attributes: Mapping[str, str]  #: its own, those that are text


Emit = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """Ignore an event."""
