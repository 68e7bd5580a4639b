"""The cases can be read, and each says where its facts are from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.session import Session

from facepipe.conformance.case_files import CaseError, CaseStep, RecordedCase, read_cases, with_shapes
from facepipe.conformance.fixed_values import FIXED_VALUES
from facepipe.conformance.placeholders import named
from facepipe.conformance.suite_run import SHARED

CASES = read_cases()
ALWAYS = {"account", "region", "role", "runtime", "code", "other-code", "name", "arn", "missing", "missing-arn"}


def own_names(case: RecordedCase) -> Iterator[str]:
    for function in case.functions:
        yield from (function, f"{function}-arn")
    for queue in case.queues:
        yield from (queue, f"{queue}-url", f"{queue}-arn")
    for step in case.steps:
        yield from step.save


SHARED_NAMES = set(own_names(next(case for case in CASES if case.id == SHARED)))


def test_there_are_more_than_three_hundred_cases_of_all_parts() -> None:
    assert len(CASES) > 300
    assert len({case.group for case in CASES}) >= 10


def calls(case: RecordedCase) -> Iterator[tuple[str, str, CaseStep]]:
    for step in case.steps:
        if step.kind == "call":
            service, operation = step.target.split(".")
            yield service, operation, step


def test_each_case_says_where_it_is_from_and_uses_only_what_there_is() -> None:
    for case in CASES:
        assert case.source, case.id
        assert case.says, case.id
        known = ALWAYS | set(FIXED_VALUES) | SHARED_NAMES | set(own_names(case))
        used = {name for step in case.steps for name in named([step.target, step.request])}
        used |= set(named([dict(case.functions), dict(case.queues)]))
        assert used <= known, case.id


def test_each_case_calls_operations_that_there_are() -> None:
    session = Session()
    known = {service: session.get_service_model(service).operation_names for service in ("lambda", "sqs")}
    for case in CASES:
        for service, operation, _ in calls(case):
            assert operation in known[service], case.id


def test_no_case_changes_what_others_share() -> None:
    changing = ("Update", "Delete", "Put", "Tag", "Untag", "Add", "Remove", "Publish")
    for case in CASES:
        for _, operation, step in calls(case):
            target = str(step.request.get("FunctionName") or step.request.get("Resource") or "")
            shared = any(target.startswith(f"<{name}>") for name in SHARED_NAMES - set(own_names(case)))
            assert not (shared and operation.startswith(changing)), f"{case.id}: {operation}"


def write(folder: Path, text: str) -> Path:
    (folder / "shapes.yaml").write_text("one: {a: 1, b: 2}\n", encoding="utf-8")
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_table_is_a_case_for_each_row(tmp_path: Path) -> None:
    text = """
group: G
recorded-by: "Suite file.py::"
cases:
- id: refused
  says: it is refused
  source: test_a, 2026-01-01
  steps: [{call: lambda.ListFunctions}]
  table:
  - [no-name, lambda.GetFunction, {FunctionName: <missing>}, [404, NotFound, User, words]]
  - [fine, lambda.GetFunction, {FunctionName: <name>}, {status: 200}]
"""
    first, second = read_cases(write(tmp_path, text))
    assert (first.id, first.says, first.source) == (
        "own/refused-no-name",
        "it is refused: no name",
        "Suite file.py::test_a, 2026-01-01",
    )
    assert [step.target for step in first.steps] == ["lambda.ListFunctions", "lambda.GetFunction"]
    assert first.steps[1].expected == {"refused": [404, "NotFound", "User", "words"]}
    assert second.steps[1].expected == {"status": 200}


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("{id: a, says: b, source: c, stepz: []}", "own.yaml: a: stepz is not known; known are"),
        ("{id: a, says: b, source: c, steps: [{call: x, wth: {}}]}", "own.yaml: a: a step has wth; known are"),
        ("{id: a, says: b, source: c, steps: [{status: 1}]}", "own.yaml: a: a step has one of call, .*, not none"),
        (
            "{id: a, says: b, source: c, steps: [{call: x, gives: {$like: x}}]}",
            "own.yaml: a: shapes.yaml has no shape x",
        ),
        ("{id: [}", "own.yaml: while parsing"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_place(entry: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=why):
        read_cases(write(tmp_path, f"group: G\ncases:\n- {entry}\n"))


def test_two_cases_of_one_id_are_an_error(tmp_path: Path) -> None:
    one = "- {id: a, says: b, source: c, steps: []}\n"
    with pytest.raises(CaseError, match="two cases have the id own/a"):
        read_cases(write(tmp_path, f"group: G\ncases:\n{one}{one}"))


def test_a_shape_is_completed_and_its_members_can_be_replaced_or_taken_away() -> None:
    shapes = {"one": {"a": 1, "b?": 2}, "two": {"$like": "one", "c": 3}}
    assert with_shapes([{"$like": "two", "a": "-"}], shapes, "here") == [{"b?": 2, "c": 3}]
    assert with_shapes({"$like": "two", "b": 5}, shapes, "here") == {"a": 1, "c": 3, "b": 5}
