"""Placeholders in requests."""

import pytest

from facepipe.conformance.placeholders import UnknownPlaceholderError, filled, named

VALUES = {"name": "f", "code": b"zip", "tags": {"a": "b"}}


def test_a_placeholder_in_a_text_becomes_text_and_a_whole_one_its_value() -> None:
    request = {"FunctionName": "<name>:1", "Code": {"ZipFile": "<code>"}, "Tags": "<tags>", "List": ["<name>"], "N": 1}
    expected = {"FunctionName": "f:1", "Code": {"ZipFile": b"zip"}, "Tags": {"a": "b"}, "List": ["f"], "N": 1}
    assert filled(request, VALUES) == expected


def test_an_unknown_placeholder_is_an_error() -> None:
    with pytest.raises(UnknownPlaceholderError, match="<queue> stands for nothing here"):
        filled({"a": "<queue>"}, VALUES)


def test_the_names_of_placeholders() -> None:
    assert sorted(named({"<a>": ["<b>-<c>", 1]})) == ["a", "b", "c"]
