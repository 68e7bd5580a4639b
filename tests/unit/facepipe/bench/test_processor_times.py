"""Processor time by part, and how a forecast is compared with a measurement."""

import subprocess
import sys

from facepipe.bench.forecast_check import Compared, RunOutcome
from facepipe.bench.pipeline_load import Load
from facepipe.bench.processor_times import CLIENT, EMULATOR, ENGINES, per_request_ms, read_processor_times

BUSY = "sum(i * i for i in range(3_000_000)); print('done', flush=True); input()"
CHILD = f"""
import os, subprocess, sys
named = {{**os.environ, "AWS_LAMBDA_FUNCTION_NAME": "counts"}}
child = subprocess.Popen([sys.executable, "-c", {BUSY!r}], env=named, stdin=sys.stdin)
child.wait()
"""


def test_a_functions_processor_time_is_found_by_its_environment() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "done\n"
        found = read_processor_times(process.pid)
        process.communicate("\n")
    assert found["counts"] > 0.05
    assert found["counts"] > found[EMULATOR]
    assert found[CLIENT] > 0


def test_processor_times_are_of_one_request() -> None:
    before, after = {CLIENT: 1.0, ENGINES: 5.0}, {CLIENT: 2.0, ENGINES: 5.5, "f": 0.1}
    assert per_request_ms(before, after, 100) == {CLIENT: 10.0, ENGINES: 5.0, "f": 1.0}


def test_a_forecast_holds_within_15_percent_of_throughput_and_25_of_latency() -> None:
    measured = RunOutcome(10.0, 100.0, 200.0)
    assert Compared(Load(), RunOutcome(11.4, 124.0, 151.0), measured).holds
    assert not Compared(Load(), RunOutcome(11.6, 100.0, 200.0), measured).holds
    assert not Compared(Load(), RunOutcome(10.0, 100.0, 251.0), measured).holds
