"""The lines that Lambda itself adds to a function's output, as text (RT-10) or as JSON (RT-11).

The levels of the JSON events are those of "System log level event mapping" in Lambda's developer guide, and their
members those of its Telemetry API. `runtimeVersion` is not known here, as for a function with an image of its own.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.aws.error_types import EXIT_ERROR, task_timed_out
from emulator.aws.identifiers import timestamp
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal.reports import Conclusion, InitReport, Report, tracing
from emulator.resources import Function, LoggingConfig

LEVELS = ("DEBUG", "INFO", "WARN")
ON_DEMAND = "on-demand"
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class PlatformLine:
    """One of Lambda's own lines. A sampled REPORT has two rows, as on AWS."""

    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How an invocation ended, and what its environment knows about it."""

    outcome: Outcome  #: with the handler's duration, without the init phase
    init_ms: float | None  #: the duration of an init phase in or before this call
    peak_mb: int | None = None  #: the most memory that the environment has used so far


def start_lines(function: Function, invocation: Invocation, arn: str) -> list[PlatformLine]:
    """Return the lines before an invocation's own."""
    if not function.logging.json:
        return [PlatformLine(f"START RequestId: {invocation.request_id} Version: {function.version}")]
    record = {"requestId": invocation.request_id, "functionArn": arn, "version": function.version}
    return _event(
        function.logging, "start", {**record, **tracing(invocation.trace_id, invocation.request_id)}, level="INFO"
    )


def end_lines(invocation: Invocation, ended: Ended, function: Function) -> list[PlatformLine]:
    """Return the lines after an invocation's own: why it was ended, if it did not end by itself, and its report."""
    outcome, request_id = ended.outcome, invocation.request_id
    failed = outcome.kind is not OutcomeKind.SUCCESS
    report = Report(
        request_id,
        outcome.duration_ms,
        function.memory_mb,
        ended.peak_mb,
        init_ms=ended.init_ms,
        trace_header=invocation.trace_id,
        conclusion=Conclusion.of(outcome),
    )
    return [*_why(outcome, request_id, function), *_report(function.logging, report, len(outcome.payload), failed)]


def init_lines(report: InitReport, function: Function, stream: str) -> list[PlatformLine]:
    """Return the lines about an init phase that has ended."""
    failed, config = report.conclusion != Conclusion(), function.logging
    if not config.json:
        return [PlatformLine(report.text(), is_error=True)] if failed else []
    kind = {"initializationType": ON_DEMAND, "phase": report.phase}
    what = {"functionName": function.name, "functionVersion": function.version, "instanceId": stream}
    start = {**kind, **what, "instanceMaxMemory": function.memory_mb * MIB}
    done = {**kind, **report.conclusion.members}
    metrics = {"metrics": {"durationMs": round(report.duration_ms, 3)}}
    level = "WARN" if failed else "DEBUG"
    return [
        *_event(config, "initStart", start, level="DEBUG"),
        *_event(config, "initRuntimeDone", done, level=level),
        *_event(config, "initReport", {**done, **metrics}, level=level, is_error=failed),
    ]


def extension_lines(name: str, events: Sequence[str], error_type: str, config: LoggingConfig) -> list[PlatformLine]:
    """Return the line about an extension, which Lambda writes when the init phase ends (RT-20)."""
    state, failed = error_type or "Ready", bool(error_type)
    if not config.json:
        return [PlatformLine(f"EXTENSION\tName: {name}\tState: {state}\tEvents: [{','.join(events)}]", failed)]
    record = {"name": name, "state": state, "events": list(events)}
    return _event(config, "extension", record, level="WARN" if failed else "INFO", is_error=failed)


def _why(outcome: Outcome, request_id: str, function: Function) -> list[PlatformLine]:
    text = ""
    if outcome.kind is OutcomeKind.TIMEOUT:
        text = f"{timestamp(time.time())} {request_id} {task_timed_out(function.timeout_s)}"
    elif outcome.kind is OutcomeKind.CRASH:
        text = f"RequestId: {request_id} Error: {outcome.reason.rpartition('Error: ')[2]} {EXIT_ERROR}"
    return [PlatformLine(text, is_error=True)] if text else []


def _report(config: LoggingConfig, report: Report, produced_bytes: int, failed: bool) -> list[PlatformLine]:
    if not config.json:
        return [PlatformLine(f"END RequestId: {report.request_id}"), PlatformLine(report.text(), failed)]
    ended_by_lambda = report.conclusion != Conclusion()
    metrics = {"durationMs": round(report.duration_ms, 3), "producedBytes": produced_bytes}
    done = {"requestId": report.request_id, **report.conclusion.members, "metrics": metrics}
    return [
        *_event(config, "runtimeDone", done, level="WARN" if ended_by_lambda else "DEBUG", is_error=ended_by_lambda),
        *_event(config, "report", report.record(), level="WARN" if ended_by_lambda else "INFO", is_error=failed),
    ]


def _event(
    config: LoggingConfig, kind: str, record: Mapping[str, Any], *, level: str, is_error: bool = False
) -> list[PlatformLine]:
    """Return an event's line, unless its level is below the function's."""
    if LEVELS.index(level) < LEVELS.index(config.system_level):
        return []
    event = {"time": timestamp(time.time()), "type": f"platform.{kind}", "record": record}
    return [PlatformLine(json.dumps(event, separators=(",", ":")), is_error)]
