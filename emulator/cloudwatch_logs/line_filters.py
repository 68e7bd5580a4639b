r"""Filter patterns of CloudWatch Logs: which log lines a pattern selects.

Terms (`ERROR`, `"two words"`, `-without`, `?either ?or`) and JSON patterns (`{ $.level = "ERROR" && $.ms > 5 }`) are
known; patterns of positions (`[a, b]`) and regular expressions (`%…%`) are refused.
Source: "Filter pattern syntax" of the CloudWatch Logs user guide.
"""

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from emulator.json_text import read_json

Matches = Callable[[str], bool]  #: whether a line is selected
Test = Callable[[Any], bool]  #: whether a parsed line is selected

_TERM = re.compile(r'\s*(?P<sign>[-?]?)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"]+))')
_TOKEN = re.compile(r'\s*(&&|\|\||!=|>=|<=|[()=<>]|\$[A-Za-z0-9_.\[\]-]*|"(?:[^"\\]|\\.)*"|[^\s()=<>!&|"]+)')
_ORDERS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_MISSING = object()
DEEPEST = 20  #: the most parentheses around an expression


class FilterPatternError(ValueError):
    """The pattern cannot be used; the message says why."""


def line_filter(pattern: str) -> Matches:
    """Return which lines a pattern selects. Raises `FilterPatternError`."""
    pattern = pattern.strip()
    if pattern.startswith(("[", "%")):
        kind = "a pattern of positions ([a, b])" if pattern[0] == "[" else "a regular expression (%…%)"
        raise FilterPatternError(f"{kind} is not emulated; use terms, or a JSON pattern: {{ $.field = value }}")
    return _json_filter(pattern) if pattern.startswith("{") else _term_filter(pattern)


def _term_filter(pattern: str) -> Matches:
    """Return the filter of a pattern of terms; those with `?` only count if all of them have it."""
    groups: dict[str, list[str]] = {"": [], "-": [], "?": []}
    place = 0
    while place < len(pattern):
        match = _TERM.match(pattern, place)
        if match is None:
            raise FilterPatternError("a quotation mark has no end")
        quoted = match["quoted"]
        groups[match["sign"]].append(match["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        place = match.end()
    wanted, unwanted, either = groups[""], groups["-"], groups["?"]
    one_of = either if not wanted and not unwanted else []

    def matches(line: str) -> bool:
        return (
            all(term in line for term in wanted)
            and not any(term in line for term in unwanted)
            and (not one_of or any(term in line for term in one_of))
        )

    return matches


def _json_filter(pattern: str) -> Matches:
    if not pattern.endswith("}"):
        raise FilterPatternError("the pattern begins with { and does not end with }")
    test = _Expression(pattern[1:-1]).read()

    def matches(line: str) -> bool:
        try:
            content = read_json(line)
        except ValueError:
            return False
        return isinstance(content, dict) and test(content)

    return matches


class _Expression:
    """Reads a JSON pattern's expression: comparisons, joined by && and || (&& binds more tightly) and parentheses."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._place = 0
        self._depth = 0

    def read(self) -> Test:
        test = self._either()
        if self._next():
            raise FilterPatternError(f"{self._next()!r} is not expected; join comparisons with && or ||")
        return test

    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self._place += 1
        return token

    def _either(self) -> Test:
        tests = [self._all()]
        while self._next() == "||":
            self._take()
            tests.append(self._all())
        return lambda content: any(test(content) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._next() == "&&":
            self._take()
            tests.append(self._one())
        return lambda content: all(test(content) for test in tests)

    def _one(self) -> Test:
        if self._next() != "(":
            return self._comparison()
        self._take()
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterPatternError(f"has more than {DEEPEST} parentheses")
        test = self._either()
        if self._take() != ")":
            raise FilterPatternError("a parenthesis has no end")
        return test

    def _comparison(self) -> Test:
        field, sign = self._take(), self._take()
        if not field.startswith("$."):
            raise FilterPatternError(f"{field or 'the end'!r} is not expected; a field is written $.name")
        find = _field(field[2:])
        if sign.upper() == "IS":
            word = self._take().upper()
            values = {"NULL": None, "TRUE": True, "FALSE": False}
            if word not in values:
                raise FilterPatternError(f"IS {word} is not known; write IS NULL, IS TRUE or IS FALSE")
            return lambda content: find(content) is values[word]
        if sign.upper() == "NOT" and self._take().upper() == "EXISTS":
            return lambda content: find(content) is _MISSING
        value = self._take()
        if sign not in ("=", "!=", *_ORDERS) or not value or value in ("&&", "||", "(", ")"):
            raise FilterPatternError(f"{field} needs a comparison, as in {{ {field} = value }}")
        return _compares(find, sign, value)


def _tokens(text: str) -> Iterator[str]:
    place, text = 0, text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise FilterPatternError(f"{text[place:].strip()[:20]!r} is not expected")
        yield match[1]
        place = match.end()


def _field(path: str) -> Callable[[Any], Any]:
    """Return a function that finds a field by its path, such as `a.b[0]`, or `_MISSING`."""
    steps = [int(step[1:-1]) if step.startswith("[") else step for step in re.findall(r"[^.\[\]]+|\[\d{1,6}\]", path)]

    def find(content: Any) -> Any:
        for step in steps:
            in_list = isinstance(content, list) and isinstance(step, int) and step < len(content)
            if not in_list and not (isinstance(content, dict) and step in content):
                return _MISSING
            content = content[step]
        return content

    return find


def _compares(find: Callable[[Any], Any], sign: str, value: str) -> Test:
    number = _number(value)
    if sign in _ORDERS:
        if number is None:
            raise FilterPatternError(f"{sign} {value} compares with no number")
        order, least = _ORDERS[sign], number
        return lambda content: _is_number(found := find(content)) and order(found, least)
    text = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
    parts = text.split("*")

    def equal(content: Any) -> bool:
        found = find(content)
        if _is_number(found):
            return number is not None and bool(found == number)
        return isinstance(found, str) and _fits(found, parts)

    return equal if sign == "=" else lambda content: find(content) is not _MISSING and not equal(content)


def _fits(text: str, parts: Sequence[str]) -> bool:
    """Return whether a text is these parts with anything between them. A regular expression could take for ever."""
    first, *between = parts
    if not between:
        return text == first
    last, place = between.pop(), len(first)
    for part in between:
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return text.startswith(first) and text.endswith(last) and place <= len(text) - len(last)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
