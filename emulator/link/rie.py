"""Makes invocations through the Runtime Interface Emulator; only this file knows RIE's quirks (docs/rie.md)."""

import base64
import re
import time
from dataclasses import dataclass, field

import aiohttp

from emulator.aws.error_types import EXIT_ERROR, RESPONSE_SIZE_TOO_LARGE, TIMED_OUT_WORDS
from emulator.aws.identifiers import API_VERSION
from emulator.failures import crash, describe, error_in, since, timeout, unreachable
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.link.tokens import HEADER
from emulator.request_bodies import as_body

PATH = f"/{API_VERSION}/functions/function/invocations"
GRACE_S = 3.0  #: after the function's timeout; then RIE is not expected to end the call itself any more
_TIMED_OUT = re.compile(TIMED_OUT_WORDS.encode() + rb" \d+\.\d\d seconds")
#: RIE's own bookkeeping: its figures are made up (fact 5), and the emulator writes these lines itself
_NOISE = re.compile(r"(START|END|REPORT) RequestId: |.*\[(INFO|WARNING|ERROR)\] \(rapid\) ")
_INIT_DONE = re.compile(r"INIT RTDONE\(status: (\w+)")
_INIT = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)\)")


@dataclass(frozen=True, slots=True)
class RieClient:
    """A running RIE. It dies if two calls overlap (fact 1), which the pool prevents."""

    http: aiohttp.ClientSession
    address: str  #: host:port, where its supervisor passes invocations on to it
    token: str = field(repr=False)  #: the function's, which the supervisor asks for
    timeout_s: int  #: the function's

    async def call(self, invocation: Invocation) -> Outcome:
        """Make one call; every failure is an `Outcome`, except `EngineGoneError`."""
        started = time.monotonic()
        try:
            async with self.http.post(
                f"http://{self.address}{PATH}",
                data=as_body(invocation.payload),
                headers=self._headers(invocation),
                timeout=aiohttp.ClientTimeout(total=self.timeout_s + GRACE_S, sock_connect=GRACE_S),
            ) as response:
                status, body = response.status, await response.read()
        except aiohttp.ClientError as error:  # before TimeoutError, because a timeout while connecting is both
            raise unreachable("RIE", error) from error
        except TimeoutError:
            return timeout(self.timeout_s, invocation.request_id, since(started))
        except OSError as error:
            return crash(invocation.request_id, f"the connection to RIE broke ({error})", since(started))
        return classify(status, body, invocation.request_id, timeout_s=self.timeout_s, duration_ms=since(started))

    def _headers(self, invocation: Invocation) -> dict[str, str]:
        """Return a call's headers, without a trace header, which RIE would not pass on (fact 4)."""
        headers = {HEADER: self.token, "X-Amzn-RequestId": invocation.request_id, "Content-Type": "application/json"}
        if invocation.client_context:
            headers["X-Amz-Client-Context"] = base64.b64encode(invocation.client_context.encode()).decode("ascii")
        return headers


def classify(status: int, body: bytes, request_id: str, *, timeout_s: int, duration_ms: float) -> Outcome:
    """Return a call's outcome from RIE's response, whose status is 200 even for exceptions and timeouts (fact 2).

    awslambdaric puts the request id into an exception, which distinguishes it from a result that looks like one
    (fact 3).
    """
    if status == 200 and _TIMED_OUT.fullmatch(body):
        return timeout(timeout_s, request_id, duration_ms)
    error = error_in(body)
    if status == 200 and (error is None or error.get("requestId") != request_id):
        return Outcome(OutcomeKind.SUCCESS, body, duration_ms)
    if error is None:
        return crash(request_id, f"RIE answered {status} without an error: {body[:200]!r}", duration_ms)
    kind = _meaning(status, error, request_id)
    return Outcome(kind, body, duration_ms, reason=describe(kind, body))


def _meaning(status: int, error: dict[str, object], request_id: str) -> OutcomeKind:
    if status == 200:
        return OutcomeKind.FUNCTION_ERROR
    if error["errorType"] == RESPONSE_SIZE_TOO_LARGE:
        return OutcomeKind.RESPONSE_TOO_LARGE
    if error["errorType"] == EXIT_ERROR:
        return OutcomeKind.CRASH
    if error.get("requestId") in ("", None):
        return OutcomeKind.INIT_FAILURE
    return OutcomeKind.FUNCTION_ERROR if error["requestId"] == request_id else OutcomeKind.CRASH


def is_noise(line: str) -> bool:
    """Return whether a line of RIE's own output is to be dropped; only RIE's lines are asked about."""
    return _NOISE.match(line) is not None


def init_failed(line: str) -> bool | None:
    """Return whether the init phase has failed, if this line of RIE's own output says so; it precedes the duration."""
    match = _INIT_DONE.search(line)
    return match[1] != "success" if match else None


def init_duration_ms(line: str) -> float | None:
    """Return the init phase's duration if this line of RIE's own output has it."""
    match = _INIT.search(line)
    return float(match[1]) if match else None


def connection() -> aiohttp.ClientSession:
    """Return the HTTP client for calls: a new connection for each, because RIE may have been restarted."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True), auto_decompress=False)
