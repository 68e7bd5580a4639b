"""Makes invocations through a supervisor that serves Lambda's Runtime API itself, without RIE."""

import json
import time
from dataclasses import dataclass, field

import aiohttp

from emulator.aws.trace_header import header_inside_invocation
from emulator.failures import EngineGoneError, crash, describe, since, timeout, unreachable
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.json_text import read_json
from emulator.request_bodies import as_body
from emulator.tokens import HEADER

NOT_TAKEN = 503  #: the status of a response when there was no runtime to take the call
GRACE_S = 3.0  #: after the function's timeout; then the supervisor is not expected to end the call itself any more


@dataclass(frozen=True, slots=True)
class RuntimeApi:
    """An environment with the Runtime API; the supervisor passes the call's headers on to the runtime."""

    http: aiohttp.ClientSession
    address: str  #: host:port
    token: str = field(repr=False)  #: the function's, which its supervisor asks for
    timeout_s: int  #: the function's
    arn: str  #: the function's, without a qualifier
    supervisor_ends_calls: bool = False  #: no call is ended here, because a debugger may hold the function

    async def call(self, invocation: Invocation) -> Outcome:
        """Make one call; every failure is an `Outcome`, except `EngineGoneError`."""
        started = time.monotonic()
        try:
            async with self.http.post(
                f"http://{self.address}/invocation",
                data=as_body(invocation.payload),
                headers=self._headers(invocation),
                timeout=aiohttp.ClientTimeout(total=self._most_s, sock_connect=GRACE_S),
            ) as response:
                body, headers = await response.read(), response.headers
        except aiohttp.ClientError as error:  # before TimeoutError, because a timeout while connecting is both
            raise unreachable("its supervisor", error) from error
        except TimeoutError:
            return timeout(self.timeout_s, invocation.request_id, since(started))
        except OSError as error:
            return crash(invocation.request_id, f"the connection to its supervisor broke ({error})", since(started))
        if response.status == NOT_TAKEN:
            raise EngineGoneError("the runtime ended before its next call", taken=False)
        try:
            kind, duration_ms = OutcomeKind(headers["Facepipe-Outcome"]), float(headers["Facepipe-Duration-Ms"])
        except (KeyError, ValueError):
            return crash(invocation.request_id, f"its supervisor answered {body[:200]!r}", since(started))
        if kind is OutcomeKind.TIMEOUT:
            return timeout(self.timeout_s, invocation.request_id, duration_ms)
        reason = "" if kind is OutcomeKind.SUCCESS else describe(kind, body)
        return Outcome(kind, body, duration_ms, reason=reason)

    @property
    def _most_s(self) -> float | None:
        return None if self.supervisor_ends_calls else self.timeout_s + GRACE_S

    def _headers(self, invocation: Invocation) -> dict[str, str]:
        headers = {
            HEADER: self.token,
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Invoked-Function-Arn": ":".join(filter(None, (self.arn, invocation.qualifier))),
            "Lambda-Runtime-Trace-Id": header_inside_invocation(invocation.trace_id, invocation.request_id),
        }
        if invocation.client_context:
            headers["Lambda-Runtime-Client-Context"] = json.dumps(read_json(invocation.client_context))
        return headers
