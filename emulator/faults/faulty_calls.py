"""Makes one call of a function under a fault."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from emulator.failures import crash, out_of_memory, since, timeout
from emulator.faults.fault_rules import FaultKind, FaultRule
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function

ERROR_TYPE = "InjectedFault"  #: the errorType of a call with the fault `error`


async def call_under_fault(
    rule: FaultRule, function: Function, invocation: Invocation, call: Callable[[], Awaitable[Outcome]]
) -> Outcome:
    """Return the call's outcome under the rule; `call` makes the call itself, and only a slow call uses it."""
    started, request_id = time.monotonic(), invocation.request_id
    match rule.kind:
        case FaultKind.SLOW:
            return await _slow(rule, function, invocation, call)
        case FaultKind.TIMEOUT:
            await asyncio.sleep(function.timeout_s)
            return _because(rule, timeout(function.timeout_s, request_id, since(started)))
        case FaultKind.CRASH:
            return _because(rule, crash(request_id, "Runtime exited with error: exit status 1", since(started)))
        case FaultKind.OUT_OF_MEMORY:
            killed = crash(request_id, "Runtime exited with error: signal: killed", since(started))
            return _because(rule, replace(killed, reason=out_of_memory(function.memory_mb)))
        case _:
            error = {"errorMessage": rule.reason, "errorType": ERROR_TYPE, "requestId": request_id, "stackTrace": []}
            reason = f"{ERROR_TYPE}: {rule.reason}"
            return Outcome(OutcomeKind.FUNCTION_ERROR, json.dumps(error).encode(), since(started), reason=reason)


def ends_environment(outcome: Outcome) -> bool:
    """Return whether Lambda starts the environment anew after such a call."""
    return outcome.kind in (OutcomeKind.TIMEOUT, OutcomeKind.CRASH)


async def _slow(
    rule: FaultRule, function: Function, invocation: Invocation, call: Callable[[], Awaitable[Outcome]]
) -> Outcome:
    """Begin the call later. The seconds count as its duration, so that the call may time out."""
    started = time.monotonic()
    await asyncio.sleep(min(rule.slow_s, function.timeout_s))
    if rule.slow_s >= function.timeout_s:
        return _because(rule, timeout(function.timeout_s, invocation.request_id, since(started)))
    waited_ms = since(started)
    outcome = await call()
    whole_ms = outcome.duration_ms + waited_ms
    if whole_ms > function.timeout_s * 1000:  # AWS would have stopped the handler before its end
        return _because(rule, timeout(function.timeout_s, invocation.request_id, whole_ms))
    return replace(outcome, duration_ms=whole_ms)


def _because(rule: FaultRule, outcome: Outcome) -> Outcome:
    return replace(outcome, reason=f"{outcome.reason} ({rule.reason})")
