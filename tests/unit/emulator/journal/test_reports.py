"""What Lambda reports of an invocation and of an init phase. The expected lines were recorded on AWS, unless said."""

import json

import pytest

from emulator.invocation import Outcome, OutcomeKind
from emulator.journal.reports import Conclusion, InitReport, Report

IMPORT_ERROR = json.dumps({"errorType": "Runtime.ImportModuleError", "errorMessage": "No module named 'x'"}).encode()
OWN_ERROR = json.dumps({"errorType": "ValueError", "errorMessage": "told to"}).encode()
SAMPLED = "Root=1-61f96332-54eba86c47245db57214005f;Parent=53995c3f42cd8ad8;Sampled=1"


def test_rt10_a_report_ends_with_a_tab_as_on_aws() -> None:
    """Recorded on 2026-09-23."""
    assert Report("9a9a", 11.1, 3008, 229).text() == (
        "REPORT RequestId: 9a9a\tDuration: 11.10 ms\tBilled Duration: 12 ms\tMemory Size: 3008 MB\t"
        "Max Memory Used: 229 MB\t"
    )


def test_rt15_the_init_phase_is_billed() -> None:
    """Recorded on 2026-09-23, of an image."""
    assert Report("1f2e", 18.42, 3008, 229, init_ms=24_024.13).text() == (
        "REPORT RequestId: 1f2e\tDuration: 18.42 ms\tBilled Duration: 24043 ms\tMemory Size: 3008 MB\t"
        "Max Memory Used: 229 MB\tInit Duration: 24024.13 ms\t"
    )


@pytest.mark.parametrize(
    ("outcome", "end"),
    [
        (Outcome(OutcomeKind.SUCCESS, b"1"), "MB\t"),
        (Outcome(OutcomeKind.FUNCTION_ERROR, OWN_ERROR), "MB\t"),
        (Outcome(OutcomeKind.TIMEOUT, b""), "MB\tStatus: timeout"),
        (Outcome(OutcomeKind.CRASH, b""), "MB\tStatus: error\tError Type: Runtime.ExitError"),
        (Outcome(OutcomeKind.CRASH, b"", out_of_memory=True), "MB\tStatus: error\tError Type: Runtime.OutOfMemory"),
        (Outcome(OutcomeKind.INIT_FAILURE, OWN_ERROR), "MB\tStatus: error\tError Type: Runtime.Unknown"),
        (Outcome(OutcomeKind.INIT_FAILURE, IMPORT_ERROR), "MB\tStatus: error\tError Type: Runtime.ImportModuleError"),
    ],
    ids=["success", "exception", "timeout", "exit", "memory", "init", "import"],
)
def test_rt10_a_report_says_how_lambda_ended_a_call(outcome: Outcome, end: str) -> None:
    """An exception that the runtime reports is a success for Lambda: by the source of its runtime's supervisor."""
    report = Report("r", 1.0, 512, 314, conclusion=Conclusion.of(outcome))
    assert report.text().endswith(f"Max Memory Used: 314 {end}")


def test_rt10_a_sampled_trace_has_a_row_of_its_own_in_the_report() -> None:
    assert Report("r", 509.89, 1024, 80, trace_header=SAMPLED).text().split("\n") == [
        "REPORT RequestId: r\tDuration: 509.89 ms\tBilled Duration: 510 ms\tMemory Size: 1024 MB\tMax Memory Used: 80 MB\t",
        "XRAY TraceId: 1-61f96332-54eba86c47245db57214005f\tSegmentId: 454349e422f05297\tSampled: true\t",
    ]
    assert "XRAY" not in Report("r", 1, 128, 80, trace_header=SAMPLED.replace("=1", "=0")).text()


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (
            InitReport(9_999.56, conclusion=Conclusion("timeout")),
            "INIT_REPORT Init Duration: 9999.56 ms\tPhase: init\tStatus: timeout",
        ),
        (
            InitReport(998.15, inside_call=True, conclusion=Conclusion("error", "Runtime.Unknown")),
            "INIT_REPORT Init Duration: 998.15 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.Unknown",
        ),
    ],
)
def test_rt18_a_failed_init_phase_has_a_report(report: InitReport, text: str) -> None:
    """Recorded on 2026-09-23 and 2026-02-09."""
    assert report.text() == text


def test_rt11_the_record_of_a_report() -> None:
    """Recorded on 2026-10-08."""
    report = Report("79b5e81f-9cdd-4145-b1f6-7c50ef8a2a36", 1_233.96, 256, 123, init_ms=463.512)
    assert json.dumps(report.record(), separators=(",", ":")) == (
        '{"requestId":"79b5e81f-9cdd-4145-b1f6-7c50ef8a2a36","metrics":{"durationMs":1233.96,"billedDurationMs":1698,'
        '"memorySizeMB":256,"maxMemoryUsedMB":123,"initDurationMs":463.512},"status":"success"}'
    )
