"""The summary of a whole run, from what pytest itself reports of a part."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.run_report import Outcome, closing_line, failures, read_outcome, table

CONFTEST = """
from tests.processor_time import ProcessorTime

def pytest_configure(config):
    config.pluginmanager.register(ProcessorTime())
"""
TESTS = """
import time
import pytest

def test_good(): pass
def test_bad(): assert False
@pytest.mark.skip(reason="today")
def test_left_out(): pass
@pytest.mark.xfail(strict=True)
def test_known(): assert False
@pytest.fixture
def broken(): raise OSError
def test_without_its_fixture(broken): pass
def work():
    end = time.process_time() + 0.4
    while time.process_time() < end: pass
@pytest.fixture(scope="module")
def shared(): work()
@pytest.fixture
def own(): time.sleep(0.2)
@pytest.mark.parametrize("n", [1, 2])
def test_that_waits(shared, own, n): pass
def test_that_works(): work()
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("reported")
    (folder / "tests/shop").mkdir(parents=True)
    (folder / "tests/shop/test_all.py").write_text(TESTS)
    (folder / "conftest.py").write_text(CONFTEST)
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", "tests"]
    variables = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=variables)
    assert "1 failed, 4 passed, 1 skipped, 1 xfailed, 1 error" in done.stdout
    return read_outcome("some", report)


def test_the_last_line_counts_as_pytest_does(outcome: Outcome) -> None:
    line = closing_line([outcome, outcome], 61.5)
    assert line.strip("= ") == "2 failed, 2 error, 8 passed, 2 skipped, 2 xfailed in 61.50s (0:01:01)"


def test_failures_are_named(outcome: Outcome) -> None:
    named = ["FAILED tests.shop.test_all::test_bad", "ERROR tests.shop.test_all::test_without_its_fixture"]
    assert list(failures([outcome])) == named


def test_the_table_has_a_line_for_each_suite(outcome: Outcome) -> None:
    _, shop, clock = table([outcome]).splitlines()
    assert shop.split()[:4] == ["shop", "some", "8", "4"]
    assert clock.endswith("by the clock")


def test_a_part_without_a_report_is_a_failure(tmp_path: Path) -> None:
    (line,) = failures([read_outcome("gone", tmp_path / "none.xml")])
    assert line.startswith("ERROR gone: pytest left no report")


def test_what_a_test_takes_is_measured_without_fixtures_that_it_shares(outcome: Outcome) -> None:
    waiting = [case for case in outcome.cases if case.function == "tests/shop/test_all.py::test_that_waits"]
    assert len(waiting) == 2
    assert all(case.waited_s >= 0.1 for case in waiting)
    assert all((case.processor_s or 0) < 0.3 for case in waiting), "the module's fixture is not theirs"
    (working,) = [case for case in outcome.cases if case.name.endswith("::test_that_works")]
    assert (working.processor_s or 0) > 0.3
    assert [case.processor_s for case in outcome.cases if case.result == "skipped"] == [None]
