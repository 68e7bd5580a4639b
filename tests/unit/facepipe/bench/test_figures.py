"""A run's figures, its price, and its pace."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from facepipe.bench import report
from facepipe.bench.figures import Functions, distribution, figures, median_row
from facepipe.bench.pipeline_load import Load, PipelineRun, at_rate
from facepipe.bench.prices import LAMBDA_GB_S, LAMBDA_REQUEST, SQS_REQUEST, Bill
from facepipe.client.collect import CollectedResult
from facepipe.client.photo_rows import Row
from facepipe.client.photos import Frame


def row(accepted: int, sent: int, *, total: float = 0.0, **fields: Any) -> Row:
    attributes = {"accepted_ms": str(accepted), "detection_ms": "20", "published_ms": "40", "received_ms": "55"}
    return Row(f"r{accepted}", "a.jpg", 1, CollectedResult("r", "x", sent, (), attributes), total_ms=total, **fields)


ROWS = [
    row(1_000, 1_100, total=150),
    row(1_010, 1_310, total=350, duplicates=1, attempts=3),
    row(1_020, 1_220, total=250),
    Row("lost", "b.jpg", problem="503: no"),
    row(1_030, 1_040, problem="accepted, but no result within 60 s"),
]


def test_the_latency_is_from_the_post_accepted_to_the_result_in_the_queue() -> None:
    found = figures(ROWS)
    assert (found.requests, found.completed, found.failed, found.duplicates, found.sent_again) == (5, 3, 2, 1, 2)
    assert found.latency_ms == {"average": 200, "p50": 200, "p90": 300, "p95": 300, "p99": 300, "most": 300}
    assert found.client_ms["average"] == 250
    assert found.stages_ms["queue"]["p50"] == 15
    assert found.stages_ms["recognition"] == {}
    assert found.throughput_per_s == pytest.approx(3 / 0.310, abs=0.01), "1000 to 1310"


def test_where_messages_have_no_times_the_clients_own_are_what_is_known() -> None:
    plain = [
        Row(name, "a.jpg", answer=CollectedResult(name, "{}", sent), total_ms=total, started_ms=started)
        for name, started, sent, total in (("a", 1_000, 1_100, 150), ("b", 1_100, 1_500, 450), ("c", 1_200, 1_400, 250))
    ]
    found = figures(plain)
    assert (found.completed, found.latency_ms) == (3, {})
    assert found.client_ms["p50"] == 250
    assert found.throughput_per_s == pytest.approx(3 / 0.5)
    median = median_row(plain)
    assert median
    assert median.request_id == "c"


def test_a_run_without_results_has_no_times() -> None:
    found = figures(ROWS[3:4])
    assert (found.completed, found.throughput_per_s, found.latency_ms) == (0, 0, {})
    assert median_row(ROWS[3:]) is None


def test_the_median_request_is_one_that_was_measured() -> None:
    median = median_row(ROWS)
    assert median
    assert median.request_id == "r1020"


def test_percentiles_are_nearest_ranks() -> None:
    assert distribution([float(value) for value in range(1, 201)]) == {
        "average": 100.5,
        "p50": 100,
        "p90": 180,
        "p95": 190,
        "p99": 198,
        "most": 200,
    }


def test_a_bill_is_seconds_calls_and_messages() -> None:
    bill = Bill(gb_s=100, invocations=200, photos=100)
    assert bill.dollars == pytest.approx(100 * LAMBDA_GB_S + 200 * LAMBDA_REQUEST + 600 * SQS_REQUEST)
    assert bill.dollars_per_million == pytest.approx(bill.dollars * 10_000)
    assert Bill(0, 0, 0).dollars_per_million == 0


@pytest.mark.parametrize(
    ("work_s", "expected"),
    [
        ([0, 0, 0, 0], [0.0, 0.5, 1.0, 1.5]),
        ([1.2, 0, 0, 0], [0.0, 1.2, 1.2, 1.5]),
        ([0, 0, 9, 0], [0.0, 0.5, 1.0, 10.0]),
    ],
)
def test_a_pause_does_not_lower_the_rate(work_s: Sequence[float], expected: list[float]) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    times = []
    for work, _ in zip(work_s, at_rate(iter([Frame("f", b"")] * 4), 2.0, lambda: now[0], sleep), strict=True):
        times.append(round(now[0], 6))
        now[0] += work
    assert times == expected


def test_the_report_says_what_was_measured_and_the_json_everything(tmp_path: Path) -> None:
    run = PipelineRun(ROWS, Functions(6, 1, 0.5), None, "casia-webface")
    found = figures(ROWS)
    terminal = Console(record=True, width=160)
    report.show(found, run, terminal)
    text = terminal.export_text()
    assert "3/5 completed, 2 failed, 1 duplicates, 2 sent again" in text
    assert "1 cold starts" in text
    assert "503: no" in text
    report.write(report.to_json(found, run, Load(5), {"label": "x"}), tmp_path / "new/run.json")
    content = json.loads((tmp_path / "new/run.json").read_text())
    assert content["figures"]["latency_ms"]["p50"] == 200
    assert [request.get("latency_ms") for request in content["requests"]] == [100, 300, 200, None, None]
    assert content["functions"]["gb_s"] == 0.5
    assert content["label"] == "x"


@pytest.mark.parametrize("rows", [ROWS, ROWS[3:4]], ids=["some", "none completed"])
def test_the_picture_is_drawn_of_whatever_came(rows: list[Row], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `bench` is not installed: scripts/bench does it")
    from facepipe.bench.picture import draw

    span = {"name": "in jobs", "start_ms": 0, "end_ms": 9, "note": "", "failed": False, "is_part": False}
    trace = {"start_ms": 0, "duration_ms": 9, "spans": [span, {**span, "end_ms": 0, "failed": True}]}
    draw(rows, trace, "title", tmp_path / "a.png")
    draw(rows, None, "title", tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "b.png").exists()
