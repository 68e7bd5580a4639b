"""The lines that Lambda itself adds to a function's output, as text (RT-10) or as JSON (RT-11)."""

import json
import time
from dataclasses import dataclass

from emulator.aws.error_types import EXIT_ERROR, task_timed_out
from emulator.aws.identifiers import LATEST, timestamp
from emulator.aws.trace_header import trace_root
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal.durations import Durations
from emulator.resources import Function, LoggingConfig


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one invocation. The init phase is billed with the first call."""

    request_id: str
    duration_ms: float
    memory_mb: int
    peak_mb: int | None
    init_ms: float | None = None
    trace_id: str = ""
    status: str = ""  #: "timeout" or "error"; empty after a success

    @property
    def billed_ms(self) -> int:
        """Whole milliseconds, the init phase included."""
        return Durations(self.duration_ms, self.init_ms).billed_ms

    def text(self) -> str:
        """Return the REPORT line, whose parts are separated by tabs."""
        parts = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {self.duration_ms:.2f} ms",
            f"Billed Duration: {self.billed_ms} ms",
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

    def record(self) -> dict[str, object]:
        """Return the record of a `platform.report` event."""
        metrics: dict[str, object] = {
            "durationMs": round(self.duration_ms, 2),
            "billedDurationMs": self.billed_ms,
            "memorySizeMB": self.memory_mb,
        }
        if self.peak_mb is not None:
            metrics["maxMemoryUsedMB"] = self.peak_mb
        if self.init_ms is not None:
            metrics["initDurationMs"] = round(self.init_ms, 2)
        return {"requestId": self.request_id, "metrics": metrics, "status": self.status or "success"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How an invocation ended, and what its environment knows about it."""

    outcome: Outcome  #: with the handler's duration, without the init phase
    init_ms: float | None  #: the duration of an init phase in or before this call
    peak_mb: int | None = None  #: the most memory that the environment has used so far


def start_lines(config: LoggingConfig, request_id: str) -> list[str]:
    """Return the lines before an invocation's own."""
    if not config.json:
        return [f"START RequestId: {request_id} Version: {LATEST}"]
    if config.system_level == "WARN":
        return []
    return [_event("platform.start", {"requestId": request_id, "version": LATEST})]


def end_lines(invocation: Invocation, ended: Ended, function: Function) -> list[str]:
    """Return the lines after an invocation's own: why it was ended, if it did not end by itself, and its report."""
    outcome, request_id, config = ended.outcome, invocation.request_id, function.logging
    lines = []
    if outcome.kind is OutcomeKind.TIMEOUT:
        lines.append(f"{timestamp(time.time())} {request_id} {task_timed_out(function.timeout_s)}")
    elif outcome.kind is OutcomeKind.CRASH:
        lines.append(f"RequestId: {request_id} Error: {outcome.reason.rpartition('Error: ')[2]} {EXIT_ERROR}")
    status = {OutcomeKind.SUCCESS: "", OutcomeKind.TIMEOUT: "timeout"}.get(outcome.kind, "error")
    figures = (outcome.duration_ms, function.memory_mb, ended.peak_mb, ended.init_ms)
    return [*lines, *report_lines(config, Report(request_id, *figures, trace_root(invocation.trace_id), status))]


def report_lines(config: LoggingConfig, report: Report) -> list[str]:
    """Return the report. In JSON at level WARN only an invocation that failed has one."""
    if not config.json:
        return [f"END RequestId: {report.request_id}", report.text()]
    if config.system_level == "WARN" and not report.status:
        return []
    return [_event("platform.report", report.record())]


def is_failure(line: str) -> bool:
    """Return whether a line reports a failed invocation. Only Lambda's own lines may be asked about."""
    return "\tStatus: " in line or ('"type": "platform.report"' in line and '"status": "success"' not in line)


def _event(kind: str, record: dict[str, object]) -> str:
    return json.dumps({"time": timestamp(time.time()), "type": kind, "record": record})
