"""Makes one call: waits for an environment of the function, calls it there, and reports the outcome."""

import asyncio
import json
import logging
import math
import time
from dataclasses import dataclass, replace

from emulator.aws.error_types import CONCURRENCY_EXCEEDED
from emulator.environments.environment import Environment
from emulator.environments.pool import CannotStartError, Pool, WaitsForItselfError
from emulator.events import (
    Emit,
    InvocationEnded,
    InvocationStarted,
    InvocationThrottled,
    InvocationWithdrawn,
    LineWritten,
    OutputComplete,
)
from emulator.failures import EngineGoneError, breakpoint_hint, cannot_start, crash, out_of_memory, since
from emulator.faults.fault_rules import CALL_FAULTS, FaultRule
from emulator.faults.fault_switch import FaultSwitch
from emulator.faults.faulty_calls import call_under_fault, ends_environment
from emulator.init_errors import init_error_text
from emulator.invocation import Invocation, Outcome, OutcomeKind

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PooledCall:
    """A call that its pool counts as in flight."""

    pool: Pool
    invocation: Invocation
    emit: Emit
    faults: FaultSwitch

    async def make(self, within_s: float | None) -> Outcome:
        """Make the call in the first environment that becomes free, if one does in time."""
        pool, invocation = self.pool, self.invocation
        arrived, now = time.monotonic(), asyncio.get_running_loop().time()
        until = math.inf if within_s is None else now + within_s
        try:
            while taken := await pool.take(invocation, until):
                environment, waited_for = taken
                begun = InvocationStarted(invocation, environment.name, pool.function, since(arrived), waited_for)
                try:
                    outcome = await self._serve(environment, begun)
                    return replace(
                        outcome,
                        waited_ms=begun.waited_ms,
                        waited_for=waited_for,
                        environment=environment.name,
                        version=pool.function.version,
                    )
                except EngineGoneError as gone:  # the function has not received the call
                    log.info("%s: a call is made anew: %s", pool.function.name, gone)
                finally:
                    pool.give_back(environment)
            reason = f"no environment was free within {within_s:.0f} s; have more of them, or fewer calls at once"
            return Outcome(OutcomeKind.NOT_STARTED, b"{}", reason=reason)
        except WaitsForItselfError:
            refusal = _deadlock_refusal(pool)
            self.emit(InvocationThrottled(invocation, refusal.reason))
            return refusal
        except CannotStartError as error:
            log.warning("%s: a call fails (RequestId %s): %s", pool.function.name, invocation.request_id, error)
            return cannot_start(str(error))

    async def _serve(self, environment: Environment, begun: InvocationStarted) -> Outcome:
        """Make a call and report its outcome. Raises `EngineGoneError` if the function did not receive it."""
        pool, engine, invocation = self.pool, environment.engine, begun.invocation
        if engine is None:
            raise EngineGoneError("its environment ended between its turn and now", taken=False)
        self.emit(begun)
        started = time.monotonic()
        rule = self.faults.take(pool.function.name, CALL_FAULTS)
        try:
            outcome = await (self._under_fault(rule, environment) if rule else environment.call(invocation))
        except EngineGoneError as gone:
            pool.lost(environment, engine, str(gone))
            if not gone.taken:
                self.emit(InvocationWithdrawn(invocation, environment.name, str(gone)))
                raise
            outcome = crash(invocation.request_id, str(gone), since(started))
        failed = outcome.kind is OutcomeKind.INIT_FAILURE
        environment.init_error = init_error_text(outcome.payload.decode("utf-8", "replace")) if failed else ""
        function = pool.function
        crashed = outcome.kind in (OutcomeKind.CRASH, OutcomeKind.INIT_FAILURE)
        if crashed and not rule and await environment.ran_out_of_memory():
            outcome = replace(outcome, reason=out_of_memory(function.memory_mb), out_of_memory=True)
        if hint := breakpoint_hint(function.name, outcome):
            self.emit(LineWritten(function.name, environment.name, hint))
            log.warning("%s: %s", function.name, hint)
        init_ms, environment.init_ms = environment.init_ms, None  # reported once
        self.emit(InvocationEnded(invocation, environment.name, outcome, init_ms, environment.init_inside))
        if rule and ends_environment(outcome):
            pool.lost(environment, engine, rule.reason)
        elif outcome.kind is OutcomeKind.TIMEOUT and outcome.duration_ms > (function.timeout_s + 1) * 1000:
            pool.lost(environment, engine, "killed after a timeout")  # RIE did not end the call
        return outcome

    async def _under_fault(self, rule: FaultRule, environment: Environment) -> Outcome:
        """Make a call under a fault. If the function is not called, its output is written in its place."""
        function, invocation, called = self.pool.function, self.invocation, False

        async def call() -> Outcome:
            nonlocal called
            called = True
            return await environment.call(invocation)

        outcome = await call_under_fault(rule, function, invocation, call)
        if not called:
            if outcome.kind is OutcomeKind.FUNCTION_ERROR:
                self.emit(LineWritten(function.name, environment.name, f"[ERROR] {outcome.reason}"))
            self.emit(OutputComplete(environment.name, invocation.request_id, None))
        return outcome


def throttled(reason: str, why: str) -> Outcome:
    """Return the outcome of a call that is not made; `reason` is the Reason of TooManyRequestsException."""
    return Outcome(OutcomeKind.THROTTLED, json.dumps({"Reason": reason}).encode(), reason=f"Rate Exceeded: {why}")


def _deadlock_refusal(pool: Pool) -> Outcome:
    """Return the refusal of a call that could never be served."""
    name = pool.function.name
    why = (
        f"{name} waits for itself: all its environments ({pool.running}) are kept by invocations that wait for calls"
        f" like this one; have more of them (--environments {name}=N, in compose --scale), or do not let it call itself"
    )
    return throttled(CONCURRENCY_EXCEEDED, why)
