"""Replaces names, ids and dates, which differ from run to run, by placeholders, as the recordings do."""

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

#: members whose text is JSON: AWS's recordings have them as trees as well
JSON_MEMBERS = frozenset({"Body", "Pattern", "Payload", "Policy", "Statement"})
SHORTEST, LONGEST = 6, 200  #: characters of a value that is looked for in answers; "1" is in too many texts

_PATTERNS = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)"), "<date>"),
    (re.compile(r"^[A-Za-z0-9+/]{43}=$"), "<sha256>"),
    (re.compile(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}(;[A-Za-z]+=[0-9a-f:]+)*"), "<trace>"),
    (re.compile(r"Duration: [\d.]+ ms"), "Duration: <ms> ms"),
    (re.compile(r"Max Memory Used: \d+ MB"), "Max Memory Used: <mb> MB"),
    (re.compile(r"\d{4}/\d\d/\d\d/\[(\$LATEST|\d+)\][0-9a-f]{32}"), r"<day>/[\1]<stream>"),
)
_SEVERAL = re.compile(r"^\d+ validation errors detected: ")


def normalised(answer: object, values: Mapping[str, object]) -> Any:
    """Return an answer in which the texts of `values` are replaced by their placeholders, longer texts first.

    Bytes are read as text, dates are `<date>`, and several validation errors, which AWS lists in no fixed order, are
    sorted.
    """
    known = sorted(
        (
            (text, f"<{name}>")
            for name, text in values.items()
            if isinstance(text, str) and SHORTEST <= len(text) <= LONGEST
        ),
        key=lambda pair: -len(pair[0]),
    )
    return _value(answer, known)


def _value(value: object, known: list[tuple[str, str]], member: str = "") -> Any:
    match value:
        case Mapping():
            return {_text(str(key), known): _value(one, known, str(key)) for key, one in value.items()}
        case list() | tuple():
            return [_value(one, known) for one in value]
        case dt.datetime():
            return "<date>"
        case bytes():
            return _value(value.decode("utf-8", "backslashreplace"), known, member)
        case str() if member in JSON_MEMBERS:
            return _json(value, known)
        case str():
            return _text(value, known)
    return value


def _json(text: str, known: list[tuple[str, str]]) -> Any:
    try:
        return _value(json.loads(text), known)
    except ValueError:
        return _text(text, known)


def _text(text: str, known: list[tuple[str, str]]) -> str:
    for value, placeholder in known:
        text = text.replace(value, placeholder)
    for pattern, placeholder in _PATTERNS:
        text = pattern.sub(placeholder, text)
    if several := _SEVERAL.match(text):
        errors = sorted(text.removeprefix(several.group()).split("; "))
        text = several.group() + "; ".join(errors)
    return text
