"""The summary of a whole run, from what pytest itself reports of a part."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.run_report import Outcome, closing_line, failures, read_outcome, table

TESTS = """
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
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("reported")
    (folder / "tests/shop").mkdir(parents=True)
    (folder / "tests/shop/test_all.py").write_text(TESTS)
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", "tests"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error" in done.stdout
    return read_outcome("some", report)


def test_the_last_line_counts_as_pytest_does(outcome: Outcome) -> None:
    line = closing_line([outcome, outcome], 61.5)
    assert line.strip("= ") == "2 failed, 2 error, 2 passed, 2 skipped, 2 xfailed in 61.50s (0:01:01)"


def test_failures_are_named(outcome: Outcome) -> None:
    named = ["FAILED tests.shop.test_all::test_bad", "ERROR tests.shop.test_all::test_without_its_fixture"]
    assert list(failures([outcome])) == named


def test_the_table_has_a_line_for_each_suite(outcome: Outcome) -> None:
    _, shop, clock = table([outcome]).splitlines()
    assert shop.split()[:4] == ["shop", "some", "5", "1"]
    assert clock.endswith("by the clock")


def test_a_part_without_a_report_is_a_failure(tmp_path: Path) -> None:
    (line,) = failures([read_outcome("gone", tmp_path / "none.xml")])
    assert line.startswith("ERROR gone: pytest left no report")
