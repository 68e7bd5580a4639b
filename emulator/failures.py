"""Outcomes of calls that the function did not end itself, the same for every engine."""

import json
import time

from emulator.aws.errors import EXIT_ERROR, TIMED_OUT, task_timed_out
from emulator.invocation import Outcome, OutcomeKind
from emulator.json_text import read_json


def timeout(timeout_s: int, request_id: str, duration_ms: float) -> Outcome:
    """Return the outcome of a call that took longer than the function's timeout."""
    message = f"{request_id} {task_timed_out(timeout_s)}"
    payload = json.dumps({"errorType": TIMED_OUT, "errorMessage": f"RequestId: {message}"}).encode()
    reason = f"{task_timed_out(timeout_s)}; raise Timeout, or make the function faster"
    return Outcome(OutcomeKind.TIMEOUT, payload, duration_ms, reason=reason)


def crash(request_id: str, why: str, duration_ms: float) -> Outcome:
    """Return the outcome of a call whose environment ended under it."""
    message = f"RequestId: {request_id} Error: {why}"
    payload = json.dumps({"errorType": EXIT_ERROR, "errorMessage": message}).encode()
    return Outcome(OutcomeKind.CRASH, payload, duration_ms, reason=why)


def describe(kind: OutcomeKind, payload: bytes) -> str:
    """Return an error object as one line for a person, with the cure where there is one."""
    error = error_in(payload) or {"errorType": kind.value}
    message = str(error.get("errorMessage", ""))[:300]
    return f"{error['errorType']}: {message}{_cure(kind, message)}"


def error_in(payload: bytes) -> dict[str, object] | None:
    """Return an error object (RT-12); None for what is none."""
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
        return "; the handler's module could not be loaded: see the function's log"
    return ""


def out_of_memory(memory_mb: int) -> str:
    """Return why a call has failed whose process the kernel has killed for lack of memory."""
    return f"{EXIT_ERROR}: the kernel killed it, out of memory at {memory_mb} MB; raise MemorySize"


def since(started: float) -> float:
    """Return the milliseconds since a `time.monotonic()`."""
    return (time.monotonic() - started) * 1000
