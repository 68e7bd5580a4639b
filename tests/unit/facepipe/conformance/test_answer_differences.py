"""What is a difference, and what placeholders stand for."""

import pytest

from facepipe.conformance.answer_differences import Difference, differences

SAME = [
    ({"a": 1}, {"a": 1}),
    ("<any>", None),
    ("<text>", "x"),
    ("<number>", 1.5),
    ({"a?": 1}, {}),
    ({"$has": {"a": 1}}, {"a": 1, "b": 2}),
    ({"$has": [1]}, [2, 1]),
    ({"$unordered": [{"a": 1}, {"a": 2}]}, [{"a": 2}, {"a": 1}]),
    ({"$one_of": [1, 2]}, 2),
    ({"$contains": "b"}, "abc"),
    ({}, {}),
]
DIFFERENT = [
    ({"a": 1}, {"a": 2}, [Difference("answer.a", 1, 2)]),
    ({"a": 1}, {}, [Difference("answer.a", 1, "(missing)")]),
    ({}, {"a": 1}, [Difference("answer.a", "(missing)", 1)]),
    ({"a?": 1}, {"a": 2}, [Difference("answer.a", 1, 2)]),
    ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, [Difference("answer.a[0].b", 1, 2)]),
    ([1], [1, 2], [Difference("answer", [1], [1, 2])]),
    ({"a": 1}, None, [Difference("answer", {"a": 1}, None)]),
    ("<number>", True, [Difference("answer", "<number>", True)]),
    ("<text>", 1, [Difference("answer", "<text>", 1)]),
    (1, True, [Difference("answer", 1, True)]),
    (0, False, [Difference("answer", 0, False)]),
    ({"$has": [1]}, [2], [Difference("answer", {"an element": 1}, [2])]),
    ({"$unordered": [1, 1]}, [1, 2], [Difference("answer", {"an element": 1}, [2])]),
    ({"$one_of": [1, 2]}, 3, [Difference("answer", {"one of": [1, 2]}, 3)]),
    ({"$contains": "b"}, 3, [Difference("answer", {"a text with": "b"}, 3)]),
]


@pytest.mark.parametrize(("expected", "got"), SAME)
def test_these_are_the_same(expected: object, got: object) -> None:
    assert differences(expected, got) == []


@pytest.mark.parametrize(("expected", "got", "found"), DIFFERENT)
def test_these_differ_in_these_places(expected: object, got: object, found: list[Difference]) -> None:
    assert differences(expected, got) == found


def test_an_unknown_placeholder_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"\$like is no placeholder"):
        differences({"$like": 1}, 1)


def test_a_difference_is_one_line() -> None:
    assert str(Difference("answer.a", 1, "x")) == "answer.a: expected 1, got 'x'"
