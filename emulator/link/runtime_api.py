"""Makes invocations through a supervisor that serves Lambda's Runtime API itself, without RIE."""

import asyncio
import json
import time
from dataclasses import dataclass, field

from emulator.aws.trace_header import header_inside_invocation
from emulator.failures import EngineGoneError, crash, describe, not_connected, since, timeout
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.json_text import read_json
from emulator.link.supervisor_connections import BrokenConnectionError, NotConnectedError, SupervisorConnections
from emulator.link.tokens import HEADER

NOT_TAKEN = 503  #: the status of a response when there was no runtime to take the call
GRACE_S = 3.0  #: after the function's timeout; then the supervisor is not expected to end the call itself any more


@dataclass(frozen=True, slots=True)
class RuntimeApi:
    """An environment with the Runtime API; the supervisor passes the call's headers on to the runtime."""

    connections: SupervisorConnections
    address: str  #: host:port
    token: str = field(repr=False)  #: the function's, which its supervisor asks for
    timeout_s: int  #: the function's
    arn: str  #: the function's, without a qualifier
    supervisor_ends_calls: bool = False  #: no call is ended here, because a debugger may hold the function

    async def call(self, invocation: Invocation) -> Outcome:
        """Make one call; every failure is an `Outcome`, except `EngineGoneError`."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._most_s):
                answer = await self.connections.post(
                    self.address, "/invocation", self._headers(invocation), invocation.payload
                )
        except NotConnectedError as error:
            raise not_connected("its supervisor", error.number, error) from error
        except BrokenConnectionError as error:
            reason = f"the connection to its supervisor broke ({error})"
            raise EngineGoneError(reason, taken=error.arrived) from error
        except TimeoutError:
            return timeout(self.timeout_s, invocation.request_id, since(started))
        if answer.status == NOT_TAKEN:
            raise EngineGoneError("the runtime ended before its next call", taken=False)
        try:
            kind, duration_ms = (
                OutcomeKind(answer.headers["facepipe-outcome"]),
                float(answer.headers["facepipe-duration-ms"]),
            )
        except (KeyError, ValueError):
            return crash(invocation.request_id, f"its supervisor answered {answer.body[:200]!r}", since(started))
        if kind is OutcomeKind.TIMEOUT:
            return timeout(self.timeout_s, invocation.request_id, duration_ms)
        reason = "" if kind is OutcomeKind.SUCCESS else describe(kind, answer.body)
        return Outcome(kind, answer.body, duration_ms, reason=reason)

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
