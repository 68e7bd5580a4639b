"""One invocation on one Runtime Interface Emulator; the only file that knows RIE's quirks (AWS.md A.4)."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from emulator.invocation import Invocation, Outcome, OutcomeKind

PATH = "/2015-03-31/functions/function/invocations"
GRACE_S = 3.0  #: past the function's timeout, until we no longer trust RIE to end the call itself
_TIMED_OUT = re.compile(rb"Task timed out after \d+\.\d\d seconds")
#: RIE's own bookkeeping among a function's output: its figures are made up (fact 5), ours take their place
_NOISE = re.compile(r"(START|END|REPORT) RequestId: |.*\[(INFO|WARNING|ERROR)\] \(rapid\) ")
_INIT = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)\)")


@dataclass(frozen=True, slots=True)
class Rie:
    """One running RIE, which dies if two calls ever overlap (fact 1): the pool sees to it that they do not."""

    http: aiohttp.ClientSession
    address: str  #: host:port
    timeout_s: int  #: the function's

    async def call(self, invocation: Invocation) -> Outcome:
        """Make one call; every way in which it can fail is an `Outcome`."""
        started = time.monotonic()
        try:
            async with self.http.post(
                f"http://{self.address}{PATH}",
                data=invocation.payload,
                headers={"X-Amzn-RequestId": invocation.request_id, "Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=self.timeout_s + GRACE_S, sock_connect=GRACE_S),
            ) as response:
                status, body = response.status, await response.read()
        except TimeoutError:
            return _timeout(self.timeout_s, invocation.request_id, since(started))
        except aiohttp.ClientError as error:
            return crash(
                invocation.request_id, f"the connection to RIE broke ({error or type(error).__name__})", since(started)
            )
        return classify(status, body, invocation.request_id, timeout_s=self.timeout_s, duration_ms=since(started))


def since(started: float) -> float:
    """Return the milliseconds since a `time.monotonic()`."""
    return (time.monotonic() - started) * 1000


def classify(status: int, body: bytes, request_id: str, *, timeout_s: int, duration_ms: float) -> Outcome:
    """Tell how a call ended from RIE's answer, which is 200 for results, exceptions and timeouts alike (fact 2).

    An exception is told from a result that looks like one by the request id that awslambdaric puts into it (fact 3).
    """
    if status == 200 and _TIMED_OUT.fullmatch(body):
        return _timeout(timeout_s, request_id, duration_ms)
    error = _error_in(body)
    if status == 200 and (error is None or error.get("requestId") != request_id):
        return Outcome(OutcomeKind.SUCCESS, body, duration_ms)
    if error is None:
        return crash(request_id, f"RIE answered {status} without an error: {body[:200]!r}", duration_ms)
    kind, cure = _meaning(status, error, request_id)
    reason = f"{error['errorType']}: {str(error.get('errorMessage', ''))[:300]}{cure}"
    return Outcome(kind, body, duration_ms, reason=reason)


def _meaning(status: int, error: dict[str, Any], request_id: str) -> tuple[OutcomeKind, str]:
    name = error["errorType"]
    if status == 200:
        return OutcomeKind.FUNCTION_ERROR, ""
    if name == "Function.ResponseSizeTooLarge":
        return OutcomeKind.RESPONSE_TOO_LARGE, "; return less, or a reference to it"
    if name == "Runtime.ExitError":
        cure = "; perhaps out of memory: raise MemorySize" if "killed" in str(error.get("errorMessage")) else ""
        return OutcomeKind.CRASH, cure
    if error.get("requestId") in ("", None):
        return OutcomeKind.INIT_FAILURE, "; the handler's module could not be loaded: see the function's log"
    return (OutcomeKind.FUNCTION_ERROR if error["requestId"] == request_id else OutcomeKind.CRASH), ""


def _error_in(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body)
    except ValueError:
        return None
    return content if isinstance(content, dict) and isinstance(content.get("errorType"), str) else None


def _timeout(timeout_s: int, request_id: str, duration_ms: float) -> Outcome:
    message = f"{request_id} Task timed out after {timeout_s:.2f} seconds"
    payload = json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {message}"}).encode()
    reason = f"Task timed out after {timeout_s:.2f} seconds; raise Timeout, or make the function faster"
    return Outcome(OutcomeKind.TIMEOUT, payload, duration_ms, reason=reason)


def crash(request_id: str, why: str, duration_ms: float) -> Outcome:
    """Return the outcome of a call whose environment ended under it."""
    message = f"RequestId: {request_id} Error: {why}"
    payload = json.dumps({"errorType": "Runtime.ExitError", "errorMessage": message}).encode()
    return Outcome(OutcomeKind.CRASH, payload, duration_ms, reason=why)


def is_noise(line: str) -> bool:
    """Tell whether a line of output is RIE's own, not the function's."""
    return _NOISE.match(line) is not None


def is_end(line: str) -> bool:
    """Tell whether a line of RIE's own says that an invocation's output is over."""
    return line.startswith("REPORT RequestId: ")


def init_duration_ms(line: str) -> float | None:
    """Return the init phase's duration if this line of RIE's log tells it."""
    match = _INIT.search(line)
    return float(match[1]) if match else None


def connection() -> aiohttp.ClientSession:
    """Return what calls are made with: a new connection each, for RIE may have been replaced since the last."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True), auto_decompress=False)
