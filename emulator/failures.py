"""Outcomes and reasons of failed calls, for all runtime engines, and the error of an engine that has ended."""

import errno
import json
import os
import time

import aiohttp

from emulator.aws.error_types import CANNOT_START, EXIT_ERROR, TIMED_OUT, task_timed_out
from emulator.invocation import Outcome, OutcomeKind
from emulator.json_text import read_json

#: error numbers of requests that were not received: an ending process resets connections with unread data
_NOT_ARRIVED = (errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE)


#: of a connection that this process could not open for want of something of its own
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL)


class ExhaustedError(Exception):
    """The emulator has no descriptor, port or memory left to reach an engine, which may be as healthy as ever."""


class EngineGoneError(Exception):
    """The engine takes no further call. `taken`: the function may have received the current call."""

    def __init__(self, reason: str, *, taken: bool) -> None:
        super().__init__(reason)
        self.taken = taken


def unreachable(peer: str, error: aiohttp.ClientError) -> EngineGoneError | ExhaustedError:
    """Return the error for a failed connection; it says whether the function may have received the call."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return not_connected(peer, error.os_error.errno or 0, error)
    arrived = not isinstance(error, aiohttp.ServerTimeoutError) and getattr(error, "errno", None) not in _NOT_ARRIVED
    return EngineGoneError(f"the connection to {peer} broke ({error or type(error).__name__})", taken=arrived)


def not_connected(peer: str, number: int, error: Exception) -> EngineGoneError | ExhaustedError:
    """Return the error for a connection that could not be opened; `number` is the operating system's error number."""
    if number in _EXHAUSTED:
        return ExhaustedError(f"{peer} could not be reached: {os.strerror(number)}")
    return EngineGoneError(f"the connection to {peer} broke ({error})", taken=False)


def timeout(timeout_s: int, request_id: str, duration_ms: float) -> Outcome:
    """Return the outcome of a call that timed out (RT-22)."""
    message = f"RequestId: {request_id} Error: {task_timed_out(timeout_s)}"
    payload = json.dumps({"errorType": TIMED_OUT, "errorMessage": message}).encode()
    reason = f"{task_timed_out(timeout_s)}; raise Timeout, or make the function faster"
    return Outcome(OutcomeKind.TIMEOUT, payload, duration_ms, reason=reason)


def cannot_start(why: str) -> Outcome:
    """Return the outcome of a call to a function whose environments cannot be started; it was not called."""
    payload = json.dumps({"errorType": CANNOT_START, "errorMessage": why}).encode()
    return Outcome(OutcomeKind.INIT_FAILURE, payload, reason=why)


def crash(request_id: str, why: str, duration_ms: float) -> Outcome:
    """Return the outcome of a call during which the environment ended."""
    message = f"RequestId: {request_id} Error: {why}"
    payload = json.dumps({"errorType": EXIT_ERROR, "errorMessage": message}).encode()
    return Outcome(OutcomeKind.CRASH, payload, duration_ms, reason=why)


def describe(kind: OutcomeKind, payload: bytes) -> str:
    """Describe an error object in one line, with a cure if there is one."""
    error = error_in(payload) or {"errorType": kind.value}
    message = str(error.get("errorMessage", ""))[:300]
    return f"{error['errorType']}: {message}{_cure(kind, message)}"


def error_in(payload: bytes) -> dict[str, object] | None:
    """Parse an error object (RT-12); None for any other payload."""
    try:
        content = read_json(payload)
    except ValueError:
        return None
    return content if isinstance(content, dict) and isinstance(content.get("errorType"), str) else None


def _cure(kind: OutcomeKind, message: str) -> str:
    if kind is OutcomeKind.RESPONSE_TOO_LARGE:
        return "; return less, or a reference to it"
    if kind is OutcomeKind.CRASH and "killed" in message:
        return "; perhaps out of memory: raise MemorySize"
    if kind is OutcomeKind.INIT_FAILURE:
        return "; the handler's module could not be imported: see the function's log"
    return ""


def breakpoint_hint(function: str, outcome: Outcome) -> str:
    """Return what to tell the author of a function in which `breakpoint()` found no debugger; empty for other outcomes.

    Without a debugger `breakpoint()` starts pdb, which reads the function's empty standard input and raises BdbQuit,
    as on AWS.
    """
    error = error_in(outcome.payload) if outcome.kind is OutcomeKind.FUNCTION_ERROR else None
    if error is None or error["errorType"] != "BdbQuit":
        return ""
    return (
        f"breakpoint() found no debugger, and so ended the call: start with `facepipe up --debug {function}` and attach"
        " a debugger (docs/debugging.md); on AWS it ends the call as well"
    )


def out_of_memory(memory_mb: int) -> str:
    """Return the reason of a call whose process the kernel killed for lack of memory."""
    return f"{EXIT_ERROR}: the kernel killed it, out of memory at {memory_mb} MB; raise MemorySize"


def since(started: float) -> float:
    """Return the milliseconds since `started`, a value of `time.monotonic()`."""
    return (time.monotonic() - started) * 1000
