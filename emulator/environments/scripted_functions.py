"""Environments whose functions are Python callables of this process: an emulator without processes, for tests."""

import asyncio
import inspect
import json
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.aws.error_types import RESPONSE_SIZE_TOO_LARGE, response_too_large
from emulator.aws.identifiers import LATEST, function_of
from emulator.aws.limits import PAYLOAD_BYTES
from emulator.environments.environment import CallReport, Engine, Environment
from emulator.environments.environment_limits import Limits
from emulator.events import Emit, LineWritten, OutputComplete
from emulator.failures import crash, describe, since, timeout
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function


class FunctionCrashError(Exception):
    """A scripted function raises this to end as a function whose process exits; the message is the reason."""


@dataclass(frozen=True, slots=True)
class ScriptedContext:
    """What a scripted function learns of its invocation; `log` writes a line of output."""

    aws_request_id: str
    function_name: str
    trace_header: str
    client_context: str
    log: Callable[[str], None]
    function_version: str = LATEST
    qualifier: str = ""  #: the version or alias that the caller named


#: takes the event, read from JSON, and returns what is written as JSON; an ordinary function runs in a thread
ScriptedFunction = Callable[[Any, ScriptedContext], Any]


@dataclass(frozen=True, slots=True)
class ScriptedEngine:
    """One environment's engine: it runs the callable."""

    environment: Environment
    function: Function
    script: ScriptedFunction
    emit: Emit

    async def call(self, invocation: Invocation) -> Outcome:
        """Make one call; a thread that is still running after the timeout is left to end by itself."""
        started = time.monotonic()
        outcome = await self._outcome(invocation, started)
        self.environment.take_report(invocation.request_id, CallReport(out_of_memory=False))
        self.emit(OutputComplete(self.environment.name, invocation.request_id, None))
        return outcome

    async def _outcome(self, invocation: Invocation, started: float) -> Outcome:
        try:
            async with asyncio.timeout(self.function.timeout_s):
                payload = json.dumps(await self._result(invocation), ensure_ascii=False).encode()
        except TimeoutError:
            return timeout(self.function.timeout_s, invocation.request_id, since(started))
        except FunctionCrashError as error:
            return crash(invocation.request_id, str(error), since(started))
        except Exception as error:  # noqa: BLE001  # the function's own
            return _failed(OutcomeKind.FUNCTION_ERROR, type(error).__name__, str(error), started, error.__traceback__)
        if len(payload) > PAYLOAD_BYTES:
            message = response_too_large(PAYLOAD_BYTES)
            return _failed(OutcomeKind.RESPONSE_TOO_LARGE, RESPONSE_SIZE_TOO_LARGE, message, started)
        return Outcome(OutcomeKind.SUCCESS, payload, since(started))

    async def _result(self, invocation: Invocation) -> Any:
        event = json.loads(invocation.payload)
        context = ScriptedContext(
            invocation.request_id,
            self.function.name,
            invocation.trace_id,
            invocation.client_context,
            self._log,
            function_version=self.function.version,
            qualifier=invocation.qualifier,
        )
        if inspect.iscoroutinefunction(self.script):
            return await self.script(event, context)
        return await asyncio.to_thread(self.script, event, context)

    def _log(self, line: str) -> None:
        self.emit(LineWritten(self.function.name, self.environment.name, line))


def _failed(kind: OutcomeKind, error_type: str, message: str, started: float, trace: Any = None) -> Outcome:
    error: dict[str, Any] = {"errorType": error_type, "errorMessage": message}
    if trace:
        error["stackTrace"] = traceback.format_tb(trace)
    payload = json.dumps(error).encode()
    return Outcome(kind, payload, since(started), reason=describe(kind, payload))


@dataclass(slots=True)
class ScriptedStarter:
    """Starts environments at once, up to the limit; each announces itself in the loop's next turn."""

    scripts: Mapping[str, ScriptedFunction]  #: by the function's name
    functions: Mapping[str, Function]  #: as they are now, by `Function.key`
    emit: Emit
    limits: Limits = Limits()
    announce: Callable[[Environment, Engine], None] = lambda _environment, _engine: None  #: `Pools.started`
    _running: Counter[str] = field(default_factory=Counter)  #: by the function's name
    _started: int = 0

    def limit(self, function: str) -> int:
        """Return how many environments of a function may run at once."""
        return self.limits.of(function)

    def running(self, function: str) -> int:
        """Return how many there are."""
        return self._running[function]

    def may_start(self, function: str) -> bool:
        """Return whether one more may start now: one whose function has no script never does."""
        return function_of(function) in self.scripts and self._running[function] < self.limit(function)

    def problem(self, _: str) -> str:
        """Return why no environment of a function can be started: nothing is prepared."""
        return ""

    def start(self, function: str) -> bool:
        """Start one more; False where none may start now."""
        if not self.may_start(function):
            return False
        self._running[function] += 1
        self._started += 1
        asyncio.get_running_loop().call_soon(self._connect, function, f"{function.replace(':', '-')}-{self._started}")
        return True

    def ending(self, function: str) -> None:
        """Record that an environment was asked to end."""
        self._running[function] -= 1

    async def close(self) -> None:
        """End all of them: there is nothing to end."""

    def _connect(self, name: str, environment_name: str) -> None:
        function = self.functions.get(name)
        if function is None:  # removed meanwhile
            return

        def renew() -> None:
            asyncio.get_running_loop().call_soon(self._connect, name, environment_name)

        def restart() -> None:
            asyncio.get_running_loop().call_soon(self._announce, environment)

        environment = Environment(environment_name, name, restart, renew, function)
        self._announce(environment)

    def _announce(self, environment: Environment) -> None:
        function = environment.configured
        if function:
            script = self.scripts[environment.function_name]
            self.announce(environment, ScriptedEngine(environment, function, script, self.emit))
