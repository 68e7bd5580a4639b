"""One call of one function: what goes in, what came of it, and who can make it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class OutcomeKind(Enum):
    """The ways in which an invocation can end; whoever asked decides what each means for its caller."""

    SUCCESS = "success"
    FUNCTION_ERROR = "function error"  #: the handler raised, or its result could not be marshalled
    TIMEOUT = "timeout"
    CRASH = "crash"  #: the runtime process ended during the call: exit, signal, out of memory
    INIT_FAILURE = "init failure"  #: the handler's module could not be imported
    RESPONSE_TOO_LARGE = "response too large"
    THROTTLED = "throttled"  #: above a limit of concurrency, or waiting for itself: the function was never called
    NOT_STARTED = "not started"  #: no environment was free in time: the function was never called


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call to make.

    `payload` is the event as UTF-8 JSON, at most 6,291,556 bytes (FU-26): whoever makes it checks.
    """

    function: str
    request_id: str  #: a UUID; the function sees it as `aws_request_id`
    payload: bytes
    trace_id: str = ""  #: an X-Amzn-Trace-Id header value, or empty
    client_context: str = ""  #: a JSON object, or empty
    caller: str = ""  #: the segment (trace_header.py) of the invocation that waits for this one, where that is known


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended.

    `payload` is the handler's JSON after SUCCESS, else an error object with `errorMessage` and `errorType`
    (RT-12). `reason` is one line for a person: what went wrong and what to do about it; empty after SUCCESS.
    """

    kind: OutcomeKind
    payload: bytes
    duration_ms: float = 0.0  #: measured around the call, without the wait for an environment
    waited_ms: float = 0.0  #: for a free environment
    waited_for: str = ""  #: what it waited for, as a person says it; empty where an environment was free at once
    environment: str = ""  #: which environment served it, as logs name it
    reason: str = ""


class Invoker(Protocol):
    """Makes calls. Waits for a free environment; never overlaps two calls in one (AWS.md fact 1)."""

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        """Make the call and return how it ended; raises nothing but cancellation.

        A call that has not begun `within_s` seconds is not made (NOT_STARTED). Such a call is next when an environment
        is free: messages age while it waits. A cancelled caller does not free the environment: it stays taken until
        the handler's end.
        """
        ...


class BatchInvoker(Invoker, Protocol):
    """What an event source mapping needs besides: it takes messages only when an environment can start on them."""

    async def room_for_batch(self, function: str) -> None:
        """Wait until an environment of the function, one that runs or is started for it, can start on another batch."""
        ...

    def batch(self, function: str) -> AbstractContextManager[None]:
        """Count a batch as in flight while the block lasts."""
        ...
