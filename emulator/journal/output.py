"""The functions' output as CloudWatch has it: START, the function's lines, END and a REPORT of real figures."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal.entries import Line, trace_root
from emulator.journal.journal import Journal
from emulator.journal.platform import Report, end_lines, is_failure, start_lines, timestamp
from emulator.journal.store import Name
from emulator.resources import Function

LAST_LINES_S = 0.25  #: that an invocation's last lines are waited for, where nothing says that they are all here
TAIL_BYTES = 4_096  #: of an invocation's output that LogType=Tail returns (RT-08)
_MARKS = ("[ERROR]", "Traceback (most recent call last)", "Task timed out after", "Runtime.ExitError")


@dataclass(slots=True)
class _Running:
    """The invocation that an environment works on, or has worked on last."""

    invocation: Invocation
    lines: list[str] = field(default_factory=list)
    complete: asyncio.Event = field(default_factory=asyncio.Event)  #: all its output has come
    peak_mb: int | None = None  #: most memory that its environment has used until then
    over: bool = False


class Output:
    """Knows which invocation each environment's lines belong to: there is never more than one."""

    def __init__(self, journal: Journal, functions: Mapping[str, Function]) -> None:
        self._journal = journal
        self._functions = functions
        self._running: dict[str, _Running] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def start(self, environment: str, invocation: Invocation) -> None:
        """Begin an invocation's lines."""
        before = self._running.get(environment)
        if before:
            before.complete.set()
        self._running[environment] = _Running(invocation)
        for line in start_lines(self._functions[invocation.function].logging, invocation.request_id):
            self._add(environment, invocation, line)

    def take(self, environment: str, function: str, text: str) -> None:
        """Keep a line of output, and what the application calls its request if the line says so."""
        running = self._running.get(environment)
        if running is None:
            self._journal.line(Line(_now(), function, stream(environment), "", text, _is_error(text)))
            return
        running.lines.append(text)
        self._add(environment, running.invocation, text)
        name = _name_in(text)
        if name:
            own = trace_root(str(name.get("trace_id", ""))) or trace_root(running.invocation.trace_id)
            self._journal.name(Name(str(name["request_id"]), running.invocation.request_id, own))

    def complete(self, environment: str, request_id: str, peak_mb: int | None) -> None:
        """Take note that all output of an invocation has come, and its figure."""
        running = self._running.get(environment)
        if running and running.invocation.request_id == request_id:
            running.peak_mb = peak_mb
            running.complete.set()

    def end(self, environment: str, outcome: Outcome, *, init_ms: float | None) -> None:
        """End an invocation's lines, once the last of them are here; `outcome` without the init phase's duration."""
        running = self._running.get(environment)
        if running:
            task = asyncio.ensure_future(self._end(environment, running, outcome, init_ms))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def drain(self) -> None:
        """Wait until every line is written."""
        if self._ending:
            await asyncio.wait(set(self._ending))

    async def tail(self, environment: str, request_id: str) -> str:
        """Return the last 4 KB of an invocation's lines (RT-08)."""
        running = self._running.get(environment)
        if running is None or running.invocation.request_id != request_id:
            return ""
        await self.drain()
        text = "".join(f"{line}\n" for line in running.lines).encode()
        return text[-TAIL_BYTES:].decode("utf-8", "ignore")

    async def _end(self, environment: str, running: _Running, outcome: Outcome, init_ms: float | None) -> None:
        try:
            async with asyncio.timeout(LAST_LINES_S):
                await running.complete.wait()
        except TimeoutError:
            pass
        invocation = running.invocation
        function = self._functions[invocation.function]
        if outcome.kind is OutcomeKind.TIMEOUT:
            self._add(environment, invocation, f"{timestamp()} {invocation.request_id} {_timed_out(function)}")
        elif outcome.kind is OutcomeKind.CRASH:
            self._add(
                environment,
                invocation,
                f"RequestId: {invocation.request_id} Error: {outcome.reason}\nRuntime.ExitError",
            )
        report = Report(
            invocation.request_id,
            outcome.duration_ms,
            function.memory_mb,
            running.peak_mb,
            init_ms,
            trace_root(invocation.trace_id),
            {OutcomeKind.SUCCESS: "", OutcomeKind.TIMEOUT: "timeout"}.get(outcome.kind, "error"),
        )
        starts = start_lines(function.logging, invocation.request_id)
        ends = end_lines(function.logging, report)
        for line in ends:
            self._add(environment, invocation, line)
        running.lines = [*starts, *running.lines, *ends]

    def _add(self, environment: str, invocation: Invocation, text: str) -> None:
        self._journal.line(
            Line(_now(), invocation.function, stream(environment), invocation.request_id, text, _is_error(text))
        )


def stream(environment: str) -> str:
    """Return the log stream of an environment, named as AWS names them."""
    return f"{time.strftime('%Y/%m/%d', time.gmtime())}/[$LATEST]{environment}"


def _name_in(text: str) -> dict[str, object] | None:
    """Return the object of a structured line that has a request_id."""
    if not text.startswith("{"):
        return None
    try:
        content = json.loads(text)
    except ValueError:
        return None
    named = isinstance(content, dict) and isinstance(content.get("request_id"), str) and content["request_id"]
    return content if named else None


def _is_error(text: str) -> bool:
    return any(mark in text for mark in _MARKS) or '"level": "ERROR"' in text or is_failure(text)


def _timed_out(function: Function) -> str:
    return f"Task timed out after {function.timeout_s:.2f} seconds"


def _now() -> float:
    return time.time() * 1000
