"""Filter patterns: the examples of the CloudWatch Logs user guide, "Filter pattern syntax", and what is refused."""

import json

import pytest

from emulator.cloudwatch_logs.line_filters import FilterPatternError, line_filter

ERROR = "[ERROR 400] BAD REQUEST"
LINES = [ERROR, "[ERROR 401] UNAUTHORIZED REQUEST", "[ERROR 419] MISSING ARGUMENTS", "[INFO] REQUEST FAILED"]
EVENT = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "cluster.name": "c",
        "ok": True,
    }
)


@pytest.mark.parametrize(
    ("pattern", "selected"),
    [
        ("", [0, 1, 2, 3]),
        ("ERROR", [0, 1, 2]),
        ("error", []),
        ("ERROR ARGUMENTS", [2]),
        ('"BAD REQUEST"', [0]),
        ("ERROR -ARGUMENTS", [0, 1]),
        ("?ERROR ?FAILED", [0, 1, 2, 3]),
        ("?401 ?FAILED", [1, 3]),
        ("?401 REQUEST", [0, 1, 3]),  # a term without ? decides, as the guide says
        ("-ERROR", [3]),
    ],
)
def test_terms_select_lines(pattern: str, selected: list[int]) -> None:
    matches = line_filter(pattern)
    assert [number for number, line in enumerate(LINES) if matches(line)] == selected


@pytest.mark.parametrize(
    ("pattern", "selected"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{ $.eventType = UpdateTrail }", True),
        ('{ $.eventType = "Update" }', False),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = 111.111.* }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[1].id > 1 && $.objectList[0].id < 2 }", True),
        ("{ $.objectList[5].id = 2 }", False),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.eventType NOT EXISTS }", False),
        ("{ $.ok IS TRUE }", True),
        ("{ $.ok IS FALSE }", False),
        ("{ $.missing != 5 }", False),
        ('{ ($.eventType = "x" || $.ok IS TRUE) && $.objectList[0].id >= 1 }', True),
        ('{ $.eventType = "x" || $.ok IS TRUE && $.objectList[0].id > 7 }', False),
    ],
)
def test_a_json_pattern_looks_into_the_fields(pattern: str, selected: bool) -> None:
    assert line_filter(pattern)(EVENT) is selected
    assert line_filter(pattern)("no JSON") is False
    assert line_filter(pattern)("[1]") is False


@pytest.mark.parametrize(
    ("value", "text", "fits"),
    [
        ("*", "", True),
        ("a*", "a", True),
        ("*b", "ab", True),
        ("a*a", "a", False),
        ("a*b*c", "a.b.c", True),
        ("a*bc*c", "abc", False),
        ("*b*", "a\nb\nc", True),
        ("a.c*", "abc", False),
        ("**", "x", True),
        ("*ab*ab*", "xabab", True),
        ("*ab*ab*", "xabxa", False),
    ],
)
def test_asterisks_stand_for_anything(value: str, text: str, fits: bool) -> None:
    assert line_filter(f'{{ $.a = "{value}" }}')(json.dumps({"a": text})) is fits


def test_a_strangers_pattern_does_not_keep_the_emulator_busy() -> None:
    """As a regular expression, this pattern would try every way to share out the letters, for years."""
    pattern = f'{{ $.a = "{"*a" * 20}*b" }}'
    assert line_filter(pattern)(json.dumps({"a": "a" * 200_000})) is False


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[ip, user]", "a pattern of positions"),
        ("%ERR.*%", "a regular expression"),
        ('"half', "no end"),
        ("{ $.a = 1", "does not end with }"),
        ("{ a = 1 }", "a field is written $.name"),
        ("{ $.a }", "needs a comparison"),
        ("{ $.a = }", "needs a comparison"),
        ("{ $.a > b }", "compares with no number"),
        ("{ $.a IS 5 }", "write IS NULL"),
        ("{ ($.a = 1 }", "a parenthesis has no end"),
        ("{ $.a = 1 $.b = 2 }", "join comparisons with && or ||"),
        ("{ }", "a field is written $.name"),
        ("{ " + "(" * 5_000 + " }", "parentheses"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(pattern: str, why: str) -> None:
    with pytest.raises(FilterPatternError) as refused:
        line_filter(pattern)
    assert why in str(refused.value)
