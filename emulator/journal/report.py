"""The lines that Lambda itself adds to a function's output (RT-10), with real figures."""

import math
import time
from dataclasses import dataclass

from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal.entries import trace_root
from emulator.resources import Function


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one invocation."""

    request_id: str
    duration_ms: float  #: without the init phase
    memory_mb: int
    peak_mb: int | None
    init_ms: float | None = None
    trace_id: str = ""
    status: str = ""  #: "timeout" or "error"; empty after a success

    def text(self) -> str:
        """Return the line, tabs and all; the init phase is billed with the first call."""
        billed = math.ceil(self.duration_ms + (self.init_ms or 0.0))
        parts = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {self.duration_ms:.2f} ms",
            f"Billed Duration: {billed} ms",
            f"Memory Size: {self.memory_mb} MB",
        ]
        if self.peak_mb is not None:
            parts.append(f"Max Memory Used: {self.peak_mb} MB")
        if self.init_ms is not None:
            parts.append(f"Init Duration: {self.init_ms:.2f} ms")
        if self.status:
            parts.append(f"Status: {self.status}")
        if self.trace_id:
            parts.append(f"XRAY TraceId: {self.trace_id}")
        return "\t".join(parts)


@dataclass(frozen=True, slots=True)
class Ended:
    """How an invocation ended, and what its environment knows of it."""

    outcome: Outcome
    init_ms: float | None  #: of an init phase in this call
    peak_mb: int | None  #: most memory that the environment has used so far


def first_line(invocation: Invocation) -> str:
    """Return the line before a function's own."""
    return f"START RequestId: {invocation.request_id} Version: $LATEST"


def last_lines(invocation: Invocation, ended: Ended, function: Function) -> list[str]:
    """Return the lines after a function's own: what ended it if not itself, END and REPORT."""
    outcome, request_id = ended.outcome, invocation.request_id
    lines = []
    if outcome.kind is OutcomeKind.TIMEOUT:
        lines.append(f"{_now()} {request_id} Task timed out after {function.timeout_s:.2f} seconds")
    elif outcome.kind is OutcomeKind.CRASH:
        lines.append(f"RequestId: {request_id} Error: {outcome.reason.rpartition('Error: ')[2]} Runtime.ExitError")
    status = {OutcomeKind.SUCCESS: "", OutcomeKind.TIMEOUT: "timeout"}.get(outcome.kind, "error")
    duration_ms = max(0.0, outcome.duration_ms - (ended.init_ms or 0.0))
    trace_id = trace_root(invocation.trace_id)
    report = Report(request_id, duration_ms, function.memory_mb, ended.peak_mb, ended.init_ms, trace_id, status)
    return [*lines, f"END RequestId: {request_id}", report.text()]


def _now() -> str:
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
