"""Orders the functions' output as CloudWatch does: each invocation's lines together, between START and REPORT.

Lambda's own lines are those that this module writes. A function may print the same text, but it stays a line of the
function and is not interpreted.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from emulator.aws.error_types import EXIT_ERROR, TIMED_OUT_WORDS
from emulator.aws.identifiers import log_stream
from emulator.aws.limits import LOG_TAIL_BYTES
from emulator.aws.trace_header import trace_root
from emulator.events import ExtensionInitialised
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal.entries import Line, application_name, structured
from emulator.journal.journal import Journal
from emulator.journal.platform import Ended, PlatformLine, end_lines, extension_lines, init_lines, start_lines
from emulator.journal.reports import InitReport
from emulator.resources import Function

LAST_LINES_S = 0.25  #: how long to wait for an invocation's last lines, unless the engine reports that all have come
NO_STREAM = "throttled"  #: the log stream of calls that were given to no environment
_MARKS = ("[ERROR]", "Traceback (most recent call last)", TIMED_OUT_WORDS, EXIT_ERROR)
_LEVELS = ("ERROR", "CRITICAL", "FATAL")


@dataclass(slots=True)
class _Call:
    """An invocation that still writes output, or that wrote the last output of its environment."""

    invocation: Invocation
    function: Function  #: as it was when the call began
    ended: Ended | None = None
    complete: bool = False  #: all its output has come
    peak_mb: int | None = None  #: the most memory that its environment had used by then
    tail: str = ""
    over: asyncio.Event = field(default_factory=asyncio.Event)  #: its last line is written


class Output:
    """Knows which invocation each environment's lines belong to.

    Lines and results arrive on different connections, so lines may come after the next invocation has begun. They
    belong to the previous invocation until the engine says that its output is complete. Lines that come after that
    belong to no invocation.
    """

    def __init__(self, journal: Journal, arn: Callable[[str], str]) -> None:
        """`arn` returns the ARN of the function with a name."""
        self._journal = journal
        self._arn = arn
        self._calls: dict[str, deque[_Call]] = {}  #: by environment; all but the last of them have ended
        self._silent: set[str] = set()  #: environments whose engine does not say when output is complete
        self._before: dict[str, _Call] = {}  #: by environment: the last one that is over, whose tail a caller may want

    def start(self, environment: str, invocation: Invocation, function: Function) -> None:
        """Begin an invocation's lines."""
        calls = self._calls.setdefault(environment, deque())
        if calls and not self._may_get_late_lines(environment, calls[-1]):
            self._finish(environment, calls[-1])
        if calls and calls[0].over.is_set():
            self._before[environment] = calls.popleft()
        calls.append(_Call(invocation, function))
        if len(calls) == 1:
            self._begin(environment, calls[0])

    def take(self, environment: str, function: str, text: str) -> None:
        """Keep a line of output."""
        calls = self._calls.get(environment)
        if calls and not calls[0].over.is_set():
            self._write(environment, calls[0], text)
        else:
            self._write_outside(environment, function, text, is_error=_is_error(text, structured(text)))

    def initialised(self, environment: str, function: Function, report: InitReport) -> None:
        """Write Lambda's lines about an init phase that has ended."""
        for line in init_lines(report, function, stream(environment)):
            self._write_outside(environment, function.name, line.text, is_error=line.is_error)

    def extension(self, event: ExtensionInitialised) -> None:
        """Write Lambda's line about an extension."""
        for line in extension_lines(event.name, event.events, event.error_type, event.function.logging):
            self._write_outside(event.environment, event.function.name, line.text, is_error=line.is_error)

    def refuse(self, invocation: Invocation, reason: str) -> None:
        """Write a line about a call that was never made. On AWS only its caller learns about it."""
        text = f"RequestId: {invocation.request_id} {reason}"
        self._journal.line(Line(_now(), invocation.function, NO_STREAM, invocation.request_id, text, is_error=True))

    def complete(self, environment: str, request_id: str, peak_mb: int | None) -> None:
        """Note that all output of an invocation has come, and how much memory its environment has used."""
        self._silent.discard(environment)
        calls = list(self._calls.get(environment, ()))
        if request_id not in (call.invocation.request_id for call in calls):
            return
        for call in calls:  # the calls before it are over as well
            call.complete = True
            if call.invocation.request_id == request_id:
                call.peak_mb = peak_mb
                if peak_mb is not None:
                    self._journal.counters.see_memory(call.invocation.function, peak_mb)
                self._finish(environment, call)
                return
            self._finish(environment, call)

    def withdraw(self, environment: str, reason: str) -> None:
        """Withdraw the invocation that began last: its environment never took it, so another environment gets it."""
        calls = self._calls[environment]
        if len(calls) == 1:
            text = f"RequestId: {calls[0].invocation.request_id} not taken, and made anew: {reason}"
            self._write(environment, calls[0], text)
        calls.pop()

    def interrupt(self, environment: str) -> None:
        """Note that the processes of an environment have ended, so that no more output comes from it."""
        for call in list(self._calls.get(environment, ())):
            call.complete = True
            self._finish(environment, call)

    def end(self, environment: str, outcome: Outcome, *, init_ms: float | None) -> None:
        """End an invocation's lines after the last has come. The duration of `outcome` leaves out the init phase."""
        if calls := self._calls.get(environment):
            call = calls[-1]
            call.ended = Ended(outcome, init_ms)
            if call.complete:
                self._finish(environment, call)
            else:  # its output may be complete before that
                asyncio.get_running_loop().call_later(LAST_LINES_S, self._give_up, environment, call)

    async def drain(self) -> None:
        """Wait until every line of the invocations that have ended is written."""
        for call in [call for calls in self._calls.values() for call in calls if call.ended]:
            await call.over.wait()

    async def tail(self, environment: str, request_id: str) -> str:
        """Return the last 4 KB of the lines of an invocation that has ended (RT-08)."""
        calls: list[_Call] = [*self._calls.get(environment, ())]
        if before := self._before.get(environment):
            calls.append(before)
        for call in calls:
            if call.invocation.request_id == request_id:
                await call.over.wait()
                return call.tail.encode()[-LOG_TAIL_BYTES:].decode("utf-8", "ignore")
        return ""

    def _may_get_late_lines(self, environment: str, call: _Call) -> bool:
        """Return whether lines of this call may come after the next call has begun; a message then ends them.

        After the process has ended, no lines come: the next call has to start a new process first.
        """
        gone = call.ended is None or call.ended.outcome.kind not in (OutcomeKind.SUCCESS, OutcomeKind.FUNCTION_ERROR)
        return environment not in self._silent and not gone

    def _give_up(self, environment: str, call: _Call) -> None:
        """Stop waiting for a call's last lines, and do not wait for the next call's until the engine speaks again."""
        if not call.over.is_set():
            self._silent.add(environment)
            self._finish(environment, call)

    def _finish(self, environment: str, call: _Call) -> None:
        if call.over.is_set() or call.ended is None:
            return
        for line in end_lines(call.invocation, replace(call.ended, peak_mb=call.peak_mb), call.function):
            self._write_own(environment, call, line)
        call.over.set()
        calls = self._calls[environment]
        if len(calls) > 1:
            self._before[environment] = calls.popleft()
            self._begin(environment, calls[0])

    def _begin(self, environment: str, call: _Call) -> None:
        for line in start_lines(call.function, call.invocation, self._arn(call.function.name)):
            self._write_own(environment, call, line)

    def _write_outside(self, environment: str, function: str, text: str, *, is_error: bool) -> None:
        """Write a line that belongs to no call."""
        self._journal.line(Line(_now(), function, stream(environment), "", text, is_error))

    def _write_own(self, environment: str, call: _Call, line: PlatformLine) -> None:
        self._write(environment, call, line.text, is_error=line.is_error)

    def _write(self, environment: str, call: _Call, text: str, *, is_error: bool = False) -> None:
        call.tail = f"{call.tail}{text}\n"[-LOG_TAIL_BYTES:]
        if not self._journal.is_on:
            return
        invocation, content = call.invocation, structured(text)
        name = application_name(content)
        # The messages of a batch may have different traces, or none: the application's line says which one it means.
        trace_id = trace_root(str(content.get("trace_id", invocation.trace_id)))
        self._journal.line(
            Line(
                _now(),
                invocation.function,
                stream(environment),
                invocation.request_id,
                text,
                is_error=is_error or _is_error(text, content),
                name=name,
                trace_id=trace_id if name else "",
                message_id=str(content.get("message_id", "")) if name else "",
            )
        )


@lru_cache(maxsize=10_000)
def stream(environment: str) -> str:
    """Return the log stream of an environment. Like AWS, name it for the day on which it was first asked for."""
    return log_stream(environment, time.time())


def _is_error(text: str, content: Mapping[str, object]) -> bool:
    """Return whether a line reports an error. The key of the level was `log_level` in older awslambdaric (RT-16)."""
    if not content:
        return any(mark in text for mark in _MARKS)
    return content.get("level", content.get("log_level")) in _LEVELS


def _now() -> float:
    return time.time() * 1000
