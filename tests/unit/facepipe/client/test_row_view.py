"""Rows on a narrow and on a wide terminal."""

import io
from typing import Any

import pytest
from rich.console import Console

from facepipe.client.collect import CollectedResult
from facepipe.client.photo_rows import Row
from facepipe.client.row_view import TerminalRows, unfinished
from tests.unit.facepipe.client.consoles import written

NAMES = [f"holiday_at_the_sea_with_everybody_{number}_final_version.jpg" for number in (1, 2)]
ID = "0123456789abcdef"


def shown(*rows: Row, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    view = TerminalRows(console, " --api http://127.0.0.1:9101", " --api http://127.0.0.1:9101", has_trace=True)
    for row in rows:
        view.row(row)
    view.end(rows, "")
    return written(console).splitlines()


def row(name: str, **changes: Any) -> Row:
    answer = CollectedResult(ID, "Grace Hopper, Eileen Collins, unknown, somebody whose name is long", 0)
    return Row(ID, name, 4, answer, **changes)


@pytest.mark.parametrize("width", [60, 80, 119, 120, 160])
def test_nothing_of_names_results_and_ids_is_cut(width: int) -> None:
    lines = shown(*map(row, NAMES), width=width)
    assert all(len(line) <= width for line in lines)
    text = "".join(lines)
    assert text.count(ID) == 2
    first = len(lines[0].partition("result")[0])
    folded = "".join(line[:first].strip() for line in lines[1:])
    assert NAMES[0] in folded
    assert NAMES[1] in folded
    assert "whose" in text


def test_a_result_of_a_megabyte_does_not_fill_the_terminal() -> None:
    answer = CollectedResult(ID, '{"picture": "' + "x" * 1_000_000 + '"}', 0)
    assert len(shown(Row(ID, "a.jpg", answer=answer), width=80)) < 20


def test_a_problem_has_the_whole_width_and_its_command_one_line() -> None:
    problem = "502: function error: " + "a long story " * 20
    lines = shown(Row(ID, NAMES[0], problem=problem), width=80)
    assert f"  facepipe trace {ID} --api http://127.0.0.1:9101" in lines
    story = [line for line in lines if "a long story" in line]
    assert len(story) <= 5
    assert all(len(line) <= 80 for line in story)


def test_what_was_not_waited_for_is_collected_by_one_command() -> None:
    rows = [row("a.jpg"), Row("1", "b.jpg", accepted=True), Row("2", "c.jpg")]
    lines = unfinished(rows, " --api http://127.0.0.1:9101")
    assert lines[-1] == "facepipe collect 1 2 --api http://127.0.0.1:9101"
    assert unfinished(rows[:1], "") == []


def test_a_crowd_of_requests_is_collected_without_their_ids() -> None:
    assert unfinished([Row(str(n), "", accepted=True) for n in range(500)], "")[-1] == "facepipe collect"
