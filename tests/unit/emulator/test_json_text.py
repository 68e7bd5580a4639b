"""JSON from strangers: whatever cannot be read is a ValueError, and what was read can be written again."""

import json

import pytest

from emulator.failures import describe, error_in
from emulator.invocation import OutcomeKind
from emulator.journal.entries import structured
from emulator.json_text import LEVELS, read_json


def nested(levels: int, innermost: str = "", *, opening: str = "[", closing: str = "]") -> str:
    return opening * levels + innermost + closing * levels


FAR_TOO_DEEP = [nested(100_000), nested(100_000, "1", opening='{"a":', closing="}"), "[" * 100_000]


@pytest.mark.parametrize("text", ["", "{", "nan", b"\xff", "1" * 10_000, *FAR_TOO_DEEP])
def test_what_cannot_be_read_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        read_json(text)


def test_the_limit_is_a_number_of_levels_and_not_the_readers_own_stack() -> None:
    assert read_json(nested(LEVELS)) is not None
    mixed = nested(LEVELS // 2, "1", opening='[{"a":', closing="}]")
    assert json.dumps(read_json(mixed), separators=(",", ":")) == mixed
    for text in (nested(LEVELS + 1), nested(LEVELS // 2, "[1]", opening='[{"a":', closing="}]")):
        with pytest.raises(ValueError, match=f"more than {LEVELS} levels"):
            read_json(text)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(read_json("[" + ",".join(["[]"] * 5_000) + "]")) == 5_000
    assert read_json(json.dumps({"text": "[" * 5_000})) == {"text": "[" * 5_000}


@pytest.mark.parametrize("text", FAR_TOO_DEEP)
def test_a_log_line_or_body_nested_too_deep_has_no_structure(text: str) -> None:
    assert structured(text) == {}
    assert structured(text.encode()) == {}


def test_an_error_object_nested_too_deep_is_none() -> None:
    payload = ('{"errorType":"Deep","errorMessage":' + nested(100_000) + "}").encode()
    assert error_in(payload) is None
    assert describe(OutcomeKind.FUNCTION_ERROR, payload) == "function error: "
