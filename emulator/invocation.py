"""An invocation of a function: its input, its outcome, and the protocol of what can make one."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from emulator.aws.identifiers import LATEST, version_key


class OutcomeKind(Enum):
    """The ways in which an invocation can end. Function URL, API and mapping each translate them for their callers."""

    SUCCESS = "success"
    FUNCTION_ERROR = "function error"  #: the handler raised, or its result could not be serialised
    TIMEOUT = "timeout"
    CRASH = "crash"  #: the runtime process ended during the invocation: exit, signal, out of memory
    INIT_FAILURE = "init failure"  #: the handler's module could not be imported
    RESPONSE_TOO_LARGE = "response too large"
    THROTTLED = "throttled"  #: a concurrency limit was reached, or the function waits for itself; it was not called
    NOT_STARTED = "not started"  #: no environment was free in time; the function was not called


@dataclass(frozen=True, slots=True)
class Invocation:
    """An invocation to make.

    `payload` is the event as UTF-8 JSON. The creator checks that it has at most 6,291,556 bytes (FU-26).
    """

    function: str
    request_id: str  #: Lambda's request id, a UUID; the function sees it as `aws_request_id`
    payload: bytes
    trace_id: str = ""  #: the value of an X-Amzn-Trace-Id header, or empty
    client_context: str = ""  #: a JSON object, or empty
    caller: str = ""  #: segment id (trace_header.py) of the invocation that waits for this one, if known
    qualifier: str = ""  #: the version or alias that its caller named, or empty; it ends the ARN in the context
    version: str = LATEST  #: the version that runs it; the pools say which

    @property
    def target(self) -> str:
        """The function, with the version or alias that its caller named."""
        return f"{self.function}:{self.qualifier}" if self.qualifier else self.function

    @property
    def key(self) -> str:
        """The key of the version that runs it."""
        return version_key(self.function, self.version)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended.

    After SUCCESS, `payload` is the handler's JSON and `reason` is empty. Otherwise `payload` is an error object with
    `errorMessage` and `errorType` (RT-12), and `reason` says in one line what went wrong and what to do about it.
    """

    kind: OutcomeKind
    payload: bytes
    duration_ms: float = 0.0  #: without the wait for an environment
    waited_ms: float = 0.0  #: how long it waited for a free environment
    waited_for: str = ""  #: what it waited for, in words for a person; empty if an environment was free at once
    environment: str = ""  #: the environment that ran it, by its name in the logs
    version: str = LATEST  #: the version of the function that ran it
    reason: str = ""
    out_of_memory: bool = False  #: the kernel killed the function for lack of memory


class Invoker(Protocol):
    """Makes invocations. Each waits for a free environment, which runs one at a time (docs/rie.md, RIE-1)."""

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        """Make the invocation and return its outcome; raises nothing but cancellation.

        If `within_s` is given, and no environment is free after so many seconds, the function is not called
        (NOT_STARTED). Such an invocation goes before others, because its messages age while it waits. If the caller
        is cancelled, an invocation that still waits is dropped; one that has begun keeps its environment until the
        handler ends.
        """
        ...


class BatchInvoker(Invoker, Protocol):
    """What an event source mapping needs in addition: it receives messages only when an environment can run them."""

    async def room_for_batch(self, target: str) -> None:
        """Wait until an environment of a function or alias, running or about to start, can take another batch."""
        ...

    def batch(self, target: str) -> AbstractContextManager[None]:
        """Count a batch as in flight while the block lasts."""
        ...
