"""The page and the JSON of a run, and the comparison with an earlier one."""

import json

import pytest

from facepipe.conformance.case_files import RecordedCase
from facepipe.conformance.case_run import CaseResult
from facepipe.conformance.report_page import (
    DIFFERS,
    PASSED,
    REFUSED,
    WORDS,
    RunNotes,
    as_json,
    as_page,
    outcome,
    without_places,
    worse_than,
)

NOTES = RunNotes("A server 1.0", "pip install", "2026-11-27", "0.1.0", "1.44")


def result(name: str, *problems: str, group: str = "G") -> CaseResult:
    case = RecordedCase(f"own/{name}", group, f"it does {name}", "Suite test_a, 2026-01-01", ())
    return CaseResult(case, "call lambda.Invoke" if problems else "", problems)


RESULTS = [
    result("good"),
    result("bad", "answer.a: expected 1, got '<b>|*2*'"),
    result("words", "error.message: expected 'a', got 'b'", "error.type: expected 'User', got 'none'"),
    result("refused", "error.code: expected 'X', got 'NotImplementedException'", group="H"),
]


@pytest.mark.parametrize(("number", "kind"), [(0, PASSED), (1, DIFFERS), (2, WORDS), (3, REFUSED)])
def test_the_outcome_of_a_case(number: int, kind: str) -> None:
    assert outcome(RESULTS[number]) == kind


def test_an_error_with_another_status_is_more_than_other_words() -> None:
    assert (
        outcome(result("x", "error.status: expected 400, got 404", "error.message: expected 'a', got 'b'")) == DIFFERS
    )


def test_the_page_counts_and_says_what_differs() -> None:
    page = as_page(RESULTS, NOTES)
    assert page.startswith(
        "# A server 1.0 compared with recorded behaviour of AWS\n\n1 of 4 cases are as on AWS. 1 differ. "
    )
    assert "| G | 3 | 1 | 1 | 1 | 0 |" in page
    assert "| H | 1 | 0 | 0 | 0 | 1 |" in page
    assert "* **own/good**, as on AWS: it does good (Suite test\\_a, 2026-01-01)" in page
    assert "* How: pip install" in page


def test_what_a_server_said_is_no_markup_on_the_page() -> None:
    assert "answer.a: expected 1, got '\\<b\\>\\|\\*2\\*'" in as_page(RESULTS, NOTES)
    assert "\x1b" not in as_page([result("x", "\x1b[31m")], NOTES)


def test_the_json_has_a_line_for_each_case() -> None:
    text = as_json(RESULTS, NOTES)
    told = json.loads(text)
    assert told["counts"] == {PASSED: 1, WORDS: 1, DIFFERS: 1, REFUSED: 1}
    assert [case["id"] for case in told["cases"]] == ["own/good", "own/bad", "own/words", "own/refused"]
    assert sum(line.startswith('{"id"') for line in text.splitlines()) == 4


def test_only_what_was_good_and_is_not_any_more_is_worse() -> None:
    before = json.loads(as_json(RESULTS, NOTES))
    assert worse_than(before, RESULTS) == []
    assert worse_than({}, RESULTS) == []
    now = [result("good", "status: expected 200, got 500"), *RESULTS[1:]]
    assert worse_than(before, now) == ["own/good: status: expected 200, got 500"]
    assert worse_than(before, RESULTS[1:]) == ["own/good: the case is gone"]


def test_folders_of_this_machine_are_not_on_the_page() -> None:
    problem = "answer.a: expected '/var/task', got '/home/me/facepipe/var/code/f-1/handlers.py', line 3"
    (hidden,) = without_places([result("x", problem)], ["/home/me/facepipe", "/home/me/facepipe/var/", ""])
    assert hidden.problems == ("answer.a: expected '/var/task', got '…/handlers.py', line 3",)
