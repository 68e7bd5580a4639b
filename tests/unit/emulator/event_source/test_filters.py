"""Which messages a mapping's filters let through: ES-30 to ES-34."""

import json

import pytest

from emulator.event_source.filters import parse
from emulator.resources.filter_patterns import INVALID_PATTERN, PATTERN_LEVELS, FilterError

JSON_BODY = (
    '{"city": "Riga", "size": 7, "tags": ["a", "b"], "owner": {"name": "Ada", "age": null}, "open": true, "x": ""}'
)


def matches(pattern: object, body: str = JSON_BODY, **record: object) -> bool:
    return parse([json.dumps(pattern)]).match({"body": body, **record})


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"city": ["Riga"]}, True),
        ({"city": ["riga"]}, False),
        ({"city": ["Oslo", "Riga"]}, True),
        ({"city": ["Riga"], "size": [8]}, False),
        ({"city": ["Riga"], "size": [7]}, True),
        ({"size": [7.0]}, True),
        ({"open": [1]}, False),
        ({"open": [True]}, True),
        ({"tags": ["b"]}, True),
        ({"tags": ["c"]}, False),
        ({"owner": {"name": ["Ada"]}}, True),
        ({"owner": {"age": [None]}}, True),
        ({"x": [""]}, True),
        ({"city": [{"exists": True}]}, True),
        ({"country": [{"exists": True}]}, False),
        ({"country": [{"exists": False}]}, True),
        ({"owner": [{"exists": True}]}, False),
        ({"size": [{"numeric": [">", 5]}]}, True),
        ({"size": [{"numeric": [">", 7]}]}, False),
        ({"size": [{"numeric": [">=", 7, "<", 8]}]}, True),
        ({"size": [{"numeric": ["=", 7]}]}, True),
        ({"city": [{"numeric": [">", 5]}]}, False),
        ({"city": [{"prefix": "Ri"}]}, True),
        ({"city": [{"prefix": "ga"}]}, False),
        ({"city": [{"suffix": "ga"}]}, True),
        ({"city": [{"equals-ignore-case": "RIGA"}]}, True),
        ({"city": [{"anything-but": ["Oslo"]}]}, True),
        ({"city": [{"anything-but": ["Oslo", "Riga"]}]}, False),
        ({"city": [{"anything-but": {"prefix": "Ri"}}]}, False),
        ({"$or": [{"city": ["Oslo"]}, {"size": [7]}]}, True),
        ({"$or": [{"city": ["Oslo"]}, {"size": [8]}]}, False),
    ],
)
def test_es34_operators_on_a_json_body(pattern: object, expected: bool) -> None:
    assert matches({"body": pattern}) is expected


@pytest.mark.parametrize(
    ("pattern", "body", "expected"),
    [
        ({"body": {"city": ["Riga"]}}, '{"city":"Riga"}', True),
        ({"body": ["plain text"]}, "plain text", True),
        ({"body": [{"prefix": "plain"}]}, "plain text", True),
        ({"body": ["other"]}, "plain text", False),
        ({"body": {"city": ["Riga"]}}, "plain text", False),
        ({"body": ['{"city":"Riga"}']}, '{"city":"Riga"}', False),
        ({"messageAttributes": {"kind": {"stringValue": ["a"]}}}, "plain text", True),
        ({"messageAttributes": {"kind": {"stringValue": ["b"]}}}, '{"city":"Riga"}', False),
    ],
)
def test_es32_the_formats_of_body_and_pattern_must_agree(pattern: object, body: str, expected: bool) -> None:
    assert matches(pattern, body, messageAttributes={"kind": {"stringValue": "a"}}) is expected


@pytest.mark.parametrize("body", ["[" * 100_000 + "]" * 100_000, '{"city":' * 100_000 + '"Riga"' + "}" * 100_000])
def test_es32_a_body_nested_too_deep_is_plain_text(body: str) -> None:
    assert matches({"body": [{"suffix": body[-9:]}]}, body)
    assert not matches({"body": {"city": ["Riga"]}}, body)


def test_es34_deep_lists_and_long_numbers_are_matched_like_others() -> None:
    deep = "[" * 400 + '{"city":"Riga"}' + "]" * 400
    assert matches({"body": {"city": ["Riga"]}}, deep)
    assert not matches({"body": {"city": ["Oslo"]}}, deep)
    assert matches({"body": {"size": [{"numeric": [">", 7]}]}}, '{"size":' + "9" * 400 + "}")


def test_es34_a_pattern_may_be_as_deep_as_is_read() -> None:
    pattern: object = ["Riga"]
    body: object = "Riga"
    for _ in range(PATTERN_LEVELS - 2):
        pattern, body = {"a": pattern}, {"a": body}
    assert matches({"body": pattern}, json.dumps(body))


def test_es30_patterns_are_alternatives_and_none_lets_everything_through() -> None:
    either = parse(['{"body":{"city":["Oslo"]}}', '{"body":{"city":["Riga"]}}'])
    assert either.match({"body": '{"city":"Riga"}'})
    assert not either.match({"body": '{"city":"Rome"}'})
    assert parse([]).match({"body": "anything"})


@pytest.mark.parametrize(
    "pattern",
    [
        None,
        "plain string",
        "[]",
        "{}",
        '"text"',
        '{"body": "Riga"}',
        '{"body": []}',
        '{"body": {"city": "Riga"}}',
        '{"body": {"city": [["Riga"]]}}',
        '{"body": {"size": [{"numeric": [">"]}]}}',
        '{"body": {"size": [{"numeric": ["~", 1]}]}}',
        '{"body": {"size": [{"larger": 1}]}}',
        '{"body": {"size": [{"prefix": 1}]}}',
        '{"$or": [{"body": ["a"]}]}',
        json.dumps({"body": ["x" * 5_000]}),
        '{"body":' + '{"a":' * 200 + '["Riga"]' + "}" * 201,
        "[" * 4_096,
    ],
)
def test_es33_bad_patterns_are_refused_in_lambdas_words(pattern: str | None) -> None:
    with pytest.raises(FilterError, match=f"^{INVALID_PATTERN}"):
        parse([pattern])
