"""Which tests are slow follows from what a whole run has measured, and from nothing else."""

from pathlib import Path

import pytest

from tests import slow_tests
from tests.run_report import Case
from tests.slow_tests import listed, update

FUNCTION = "tests/unit/test_slow_tests.py::test_what_is_slow"


def case(processor_s: float | None, waited_s: float = 0, *, suite: str = "unit", function: str = FUNCTION) -> Case:
    return Case(suite, "", "passed", 0, function, processor_s, waited_s)


@pytest.mark.parametrize(
    ("cases", "before", "slow"),
    [
        ([case(0.3)], set(), {FUNCTION}),
        ([case(0.19, 1.9)], set(), set()),
        ([case(0.1, 2.1)], set(), {FUNCTION}),
        ([case(0.18), case(0.18), case(0.18)], set(), {FUNCTION}),
        ([case(0.15)], {FUNCTION}, {FUNCTION}),
        ([case(0.1)], {FUNCTION}, set()),
        ([case(None)], {FUNCTION}, {FUNCTION}),
        ([], {FUNCTION, "tests/unit/test_slow_tests.py::test_of_old", "tests/unit/test_old.py::test"}, {FUNCTION}),
        ([case(9, suite="browser")], set(), set()),
    ],
    ids=[
        "takes long",
        "does not",
        "waits long",
        "three cases together",
        "stays while it is not much faster",
        "has become fast",
        "was skipped",
        "is no longer there",
        "is in a suite that is never among the fast ones",
    ],
)
def test_what_is_slow(cases: list[Case], before: set[str], slow: set[str]) -> None:
    assert slow_tests.slow_tests(cases, before) == slow


def test_the_list_is_written_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_tests, "LIST", tmp_path / "slow_tests.txt")
    slow_tests.LIST.write_text("")
    assert "1 tests have become slow, 0 no longer are: commit it" in update([case(3)])
    assert listed() == {FUNCTION}
    assert update([case(3)]) == ""
