"""The lines that Lambda itself adds."""

import json

from emulator.journal.platform import Report, is_failure, report_lines, start_lines
from emulator.resources import LoggingConfig

TEXT, JSON = LoggingConfig(), LoggingConfig(json=True)
WARN = LoggingConfig(json=True, system_level="WARN")
FIRST = Report("id", 15.736, 128, 56, init_ms=130.49)
FAILED = Report("id", 3000.0, 128, None, status="timeout", trace_id="1-a-b")


def test_rt10_text_as_the_documentation_shows_it() -> None:
    """The figures are those of AWS's page on Python logging."""
    assert start_lines(TEXT, "id") == ["START RequestId: id Version: $LATEST"]
    end, report = report_lines(TEXT, FIRST)
    assert end == "END RequestId: id"
    assert report == (
        "REPORT RequestId: id\tDuration: 15.74 ms\tBilled Duration: 147 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 56 MB\tInit Duration: 130.49 ms"
    )
    assert report_lines(TEXT, FAILED)[1].endswith("Memory Size: 128 MB\tStatus: timeout\tXRAY TraceId: 1-a-b")


def test_rt11_json_of_an_invocation() -> None:
    (start,), (end,) = start_lines(JSON, "id"), report_lines(JSON, FIRST)
    assert json.loads(start)["record"] == {"requestId": "id", "version": "$LATEST"}
    assert json.loads(end)["record"] == {
        "requestId": "id",
        "metrics": {
            "durationMs": 15.74,
            "billedDurationMs": 147,
            "memorySizeMB": 128,
            "maxMemoryUsedMB": 56,
            "initDurationMs": 130.49,
        },
        "status": "success",
    }


def test_rt11_at_level_warn_only_failures_are_reported() -> None:
    assert start_lines(WARN, "id") == []
    assert report_lines(WARN, FIRST) == []
    assert json.loads(report_lines(WARN, FAILED)[0])["record"]["status"] == "timeout"


def test_a_report_of_a_failure_is_marked_in_either_format() -> None:
    for config in (TEXT, JSON):
        assert not is_failure(report_lines(config, FIRST)[-1])
        assert is_failure(report_lines(config, FAILED)[-1])
