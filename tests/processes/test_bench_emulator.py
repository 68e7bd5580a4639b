"""The emulator's own measurements: that each is made. How they come out is printed, and never asserted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from facepipe.bench.emulator import judge
from facepipe.bench.overheads import spread

ROOT = Path(__file__).resolve().parents[2]


def test_every_figure_is_measured(rie: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    command = [sys.executable, "-m", "facepipe", "bench", "emulator", "--no-elasticmq", "--output", str(result)]
    command += ["--idle", "1", "-n", "2", "--messages", "20"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode in (0, 1), ran.stderr
    told = json.loads(result.read_text())
    assert set(told) == {"machine", "options", "figures", "targets"}
    assert [one["figure"] for one in told["targets"]] == [
        "idle",
        "wake-up",
        "function URL",
        "whole request",
        "functions' endpoint",
        "throughput",
    ]
    assert told["figures"]["throughput"]["messages"] == 20
    assert told["figures"]["functions' endpoint"]["through the endpoint"]["median_ms"] > 0
    assert told["figures"]["wake-up"]["send to start"]["median_ms"] > 0
    assert ran.returncode == (0 if all(one["met"] for one in told["targets"]) else 1)


def test_a_spread_leaves_the_warm_up_out() -> None:
    seen = iter([1_000.0] * 5 + [0.001, 0.002, 0.003])
    told = spread(lambda _: {"overhead": next(seen)}, 3)
    assert told["overhead"] == {"min_ms": 1.0, "median_ms": 2.0, "p95_ms": 2.9, "max_ms": 3.0}


@pytest.mark.parametrize(("idle", "rate", "met"), [(1.9, 500, True), (2.0, 500, False), (1.9, 499, False)])
def test_targets(idle: float, rate: float, met: bool) -> None:
    median = {"median_ms": 14.9}
    figures = {
        "idle": {"emulator_percent": idle},
        "wake-up": {"send to start": median},
        "function URL": {"overhead": median},
        "whole request": {"overhead": median},
        "functions' endpoint": {"overhead": {"median_ms": 4.9}},
        "throughput": {"per_second": rate},
    }
    assert all(target.met for target in judge(figures)) is met
