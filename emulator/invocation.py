"""One call of one function: what goes in, what came of it, and who can make it."""

import secrets
import time
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
    THROTTLED = "throttled"  #: above the function's reserved concurrency: the function was never called


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
    environment: str = ""  #: which environment served it, as logs name it
    reason: str = ""


def new_trace_id() -> str:
    """Return a new X-Ray trace header."""
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"


class Invoker(Protocol):
    """Makes calls. Waits for a free environment; never overlaps two calls in one (AWS.md fact 1)."""

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Make the call and return how it ended; raises nothing but cancellation.

        A cancelled caller does not free the environment: it stays taken until the handler's end.
        """
        ...
