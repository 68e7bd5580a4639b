"""The lines that Lambda itself adds to a function's output."""

import json
from dataclasses import replace

import pytest

from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal.platform import Ended, PlatformLine, end_lines, extension_lines, init_lines, start_lines
from emulator.journal.reports import Conclusion, InitReport
from emulator.resources import Function, LoggingConfig

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:tenner-notifier"
STREAM = "2026/10/08/[$LATEST]22be53a8cfde4e68b844f8ec293b2543"
TEXT = Function("F", "tenner-notifier", "image", (), timeout_s=3, memory_mb=256, ephemeral_storage_mb=512)
CALL = Invocation("tenner-notifier", "id", b"{}", "Root=1-a-b")
DONE = Ended(Outcome(OutcomeKind.SUCCESS, b"null", 15.736), init_ms=None, peak_mb=56)
CRASH = Ended(Outcome(OutcomeKind.CRASH, b"{}", 10, reason="RequestId: id Error: Runtime exited"), init_ms=None)
FAILED_INIT = InitReport(9_999.56, conclusion=Conclusion("timeout"))


def as_json(level: str) -> Function:
    return replace(TEXT, logging=LoggingConfig(json=True, system_level=level))


def types(lines: list[PlatformLine]) -> list[str]:
    return [json.loads(line.text)["type"] for line in lines]


def test_rt10_text() -> None:
    assert start_lines(TEXT, CALL, ARN) == [PlatformLine("START RequestId: id Version: $LATEST")]
    end, report = end_lines(CALL, DONE, TEXT)
    assert (end.text, end.is_error) == ("END RequestId: id", False)
    assert report.text.startswith("REPORT RequestId: id\tDuration: 15.74 ms\tBilled Duration: 16 ms\t")
    assert not report.is_error


def test_rt11_the_start_of_an_invocation() -> None:
    """Recorded on 2026-10-08: without blanks, and with the function's ARN."""
    (line,) = start_lines(as_json("INFO"), CALL, ARN)
    head, _, record = line.text.partition(',"type":')
    assert head.startswith('{"time":"20')
    assert head.endswith('Z"')
    assert record == (
        f'"platform.start","record":{{"requestId":"id","functionArn":"{ARN}","version":"$LATEST"}}}}'  # as recorded
    )


@pytest.mark.parametrize(
    ("level", "success", "failure"),
    [
        ("DEBUG", ["platform.runtimeDone", "platform.report"], ["platform.runtimeDone", "platform.report"]),
        ("INFO", ["platform.report"], ["platform.runtimeDone", "platform.report"]),
        ("WARN", [], ["platform.runtimeDone", "platform.report"]),
    ],
)
def test_rt11_the_level_of_each_event_of_a_call(level: str, success: list[str], failure: list[str]) -> None:
    """By "System log level event mapping" in the developer guide."""
    function = as_json(level)
    assert types(start_lines(function, CALL, ARN)) == ([] if level == "WARN" else ["platform.start"])
    assert types(end_lines(CALL, DONE, function)) == success
    why, *events = end_lines(CALL, CRASH, function)
    assert why.text == "RequestId: id Error: Runtime exited Runtime.ExitError"
    assert types(events) == failure
    record = json.loads(events[-1].text)["record"]
    assert (record["status"], record["errorType"]) == ("error", "Runtime.ExitError")
    assert all(line.is_error for line in (why, *events))


@pytest.mark.parametrize(
    ("level", "success", "failure"),
    [
        ("DEBUG", ["initStart", "initRuntimeDone", "initReport"], ["initStart", "initRuntimeDone", "initReport"]),
        ("INFO", [], ["initRuntimeDone", "initReport"]),
        ("WARN", [], ["initRuntimeDone", "initReport"]),
    ],
)
def test_rt11_the_level_of_each_event_of_an_init_phase(level: str, success: list[str], failure: list[str]) -> None:
    """`initStart` is of level DEBUG where no version of a managed runtime is known, as of every image."""
    for report, expected in ((InitReport(463.5), success), (FAILED_INIT, failure)):
        found = init_lines(report, as_json(level), STREAM)
        assert types(found) == [f"platform.{name}" for name in expected]


def test_rt11_the_record_of_an_init_phase() -> None:
    start, _, report = init_lines(InitReport(463.512), as_json("DEBUG"), STREAM)
    assert json.loads(start.text)["record"] == {
        "initializationType": "on-demand",
        "phase": "init",
        "functionName": "tenner-notifier",
        "functionVersion": "$LATEST",
        "instanceId": STREAM,
        "instanceMaxMemory": 268_435_456,
    }
    assert json.loads(report.text)["record"] == {
        "initializationType": "on-demand",
        "phase": "init",
        "status": "success",
        "metrics": {"durationMs": 463.512},
    }


def test_rt18_in_text_only_a_failed_init_phase_is_told() -> None:
    assert init_lines(InitReport(463.5), TEXT, STREAM) == []
    (line,) = init_lines(FAILED_INIT, TEXT, STREAM)
    assert line == PlatformLine("INIT_REPORT Init Duration: 9999.56 ms\tPhase: init\tStatus: timeout", is_error=True)


def test_rt20_an_extension_has_a_line() -> None:
    assert extension_lines("my-extension", ["INVOKE", "SHUTDOWN"], "", TEXT.logging) == [
        PlatformLine("EXTENSION\tName: my-extension\tState: Ready\tEvents: [INVOKE,SHUTDOWN]")
    ]
    (line,) = extension_lines("my-extension", ["INVOKE"], "", as_json("INFO").logging)
    assert json.loads(line.text)["record"] == {"name": "my-extension", "state": "Ready", "events": ["INVOKE"]}
    assert extension_lines("my-extension", ["INVOKE"], "", as_json("WARN").logging) == []
    (failed,) = extension_lines("my-extension", [], "Extension.ConfigInvalid", as_json("WARN").logging)
    assert failed.is_error
