"""The figures of one invocation and of one init phase, as Lambda reports them in text (RT-10) and as JSON (RT-11)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.aws.error_types import CANNOT_START, EXIT_ERROR, OUT_OF_MEMORY, RESPONSE_SIZE_TOO_LARGE, UNKNOWN_ERROR
from emulator.aws.trace_header import header_inside_invocation, is_sampled, segment_id, trace_root
from emulator.failures import error_in
from emulator.invocation import Outcome, OutcomeKind
from emulator.journal.durations import Durations

SUCCESS, ERROR, TIMED_OUT = "success", "error", "timeout"  #: values of `status`
_OWN_TYPE = re.compile(r"(Runtime|Function)\.[A-Z][A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How an invocation or an init phase ended, in Lambda's words."""

    status: str = SUCCESS
    error_type: str = ""  #: one of Lambda's own names; empty after a success or a timeout

    @staticmethod
    def of(outcome: Outcome) -> "Conclusion":
        """Return what Lambda says of an outcome.

        An exception that the runtime reported is a success: the runtime did its work, and asks for its next call.
        """
        match outcome.kind:
            case OutcomeKind.SUCCESS | OutcomeKind.FUNCTION_ERROR:
                return Conclusion()
            case OutcomeKind.TIMEOUT:
                return Conclusion(TIMED_OUT)
            case OutcomeKind.CRASH:
                return Conclusion(ERROR, OUT_OF_MEMORY if outcome.out_of_memory else EXIT_ERROR)
            case OutcomeKind.RESPONSE_TOO_LARGE:
                return Conclusion(ERROR, RESPONSE_SIZE_TOO_LARGE)
            case _:
                return Conclusion(ERROR, lambdas_type((error_in(outcome.payload) or {}).get("errorType", CANNOT_START)))

    @property
    def text(self) -> str:
        """The end of a REPORT line: a tab after a success, as AWS writes it."""
        parts = [f"Status: {self.status}"] if self.status != SUCCESS else [""]
        return "\t".join([*parts, f"Error Type: {self.error_type}"] if self.error_type else parts)

    @property
    def members(self) -> Mapping[str, str]:
        """The members of a record."""
        return {"status": self.status, "errorType": self.error_type} if self.error_type else {"status": self.status}


def lambdas_type(error_type: object) -> str:
    """Return an error type as Lambda reports it: Lambda's own names, or its name for an unknown type."""
    return str(error_type) if _OWN_TYPE.fullmatch(str(error_type)) else UNKNOWN_ERROR


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one invocation. The init phase is billed with the first call."""

    request_id: str
    duration_ms: float
    memory_mb: int
    peak_mb: int | None
    init_ms: float | None = None
    trace_header: str = ""
    conclusion: Conclusion = Conclusion()

    @property
    def billed_ms(self) -> int:
        """Whole milliseconds, the init phase included (RT-15)."""
        return Durations(self.duration_ms, self.init_ms).billed_ms

    def text(self) -> str:
        """Return the REPORT line, whose parts are separated by tabs; a sampled trace has a line of its own in it."""
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
        return "\t".join([*parts, self.conclusion.text]) + self._trace_text()

    def _trace_text(self) -> str:
        if not is_sampled(self.trace_header):
            return ""
        trace, segment = trace_root(self.trace_header), segment_id(self.request_id)
        return f"\nXRAY TraceId: {trace}\tSegmentId: {segment}\tSampled: true\t"

    def record(self) -> dict[str, Any]:
        """Return the record of a `platform.report` event."""
        metrics: dict[str, object] = {
            "durationMs": round(self.duration_ms, 3),
            "billedDurationMs": self.billed_ms,
            "memorySizeMB": self.memory_mb,
        }
        if self.peak_mb is not None:
            metrics["maxMemoryUsedMB"] = self.peak_mb
        if self.init_ms is not None:
            metrics["initDurationMs"] = round(self.init_ms, 3)
        own = {"requestId": self.request_id, "metrics": metrics}
        return {**own, **tracing(self.trace_header, self.request_id), **self.conclusion.members}


@dataclass(frozen=True, slots=True)
class InitReport:
    """The figures of one init phase."""

    duration_ms: float
    inside_call: bool = False  #: it is run again for a call, and within its timeout
    conclusion: Conclusion = Conclusion()

    @property
    def phase(self) -> str:
        """Lambda's name of the phase in which it was run."""
        return "invoke" if self.inside_call else "init"

    def text(self) -> str:
        """Return the INIT_REPORT line; Lambda writes one only if the phase failed."""
        return f"INIT_REPORT Init Duration: {self.duration_ms:.2f} ms\tPhase: {self.phase}\t{self.conclusion.text}"


def tracing(header: str, request_id: str) -> dict[str, Any]:
    """Return the member `tracing` of a record; none if the trace is not sampled."""
    if not is_sampled(header):
        return {}
    value = header_inside_invocation(header, request_id)
    return {"tracing": {"spanId": segment_id(request_id), "type": "X-Amzn-Trace-Id", "value": value}}
