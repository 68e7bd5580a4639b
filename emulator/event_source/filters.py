"""Event filtering: which messages reach the function (ES-30 to ES-34), as pure functions of patterns and records.

The operators are those that the Lambda developer guide lists for filter rules; others are refused by name.
"""

import json
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.aws.limits import FILTER_CHARACTERS
from emulator.json_text import read_json

PATTERN_LEVELS = 100  #: of nesting; AWS documents no limit, but each level costs some of Python's stack
INVALID = "Invalid filter pattern definition."  #: AWS's words (ES-33); what is wrong follows them here

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class FilterError(ValueError):
    """A pattern that Lambda refuses; the message begins with Lambda's own words."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{INVALID} {why}")


@dataclass(frozen=True, slots=True)
class Filters:
    """The patterns of one mapping, of which one must match; without any, everything does."""

    patterns: tuple[Mapping[str, Any], ...] = ()

    def match(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a record goes to the function."""
        return not self.patterns or any(_matches_record(pattern, record) for pattern in self.patterns)


def parse(patterns: Sequence[str | None]) -> Filters:
    """Read the patterns of FilterCriteria; `FilterError` as ES-33."""
    return Filters(tuple(_parse(pattern) for pattern in patterns))


def _parse(text: str | None) -> Mapping[str, Any]:
    if not isinstance(text, str) or len(text) > FILTER_CHARACTERS:
        raise FilterError(f"A pattern is a text of at most {FILTER_CHARACTERS} characters.")
    try:
        pattern = read_json(text, levels=PATTERN_LEVELS)
    except ValueError as error:
        raise FilterError(f"It cannot be read as JSON: {error}") from error
    if not isinstance(pattern, dict) or not pattern:
        raise FilterError("It must be a JSON object with at least one key.")
    _check(pattern)
    return pattern


def _check(pattern: Mapping[str, Any]) -> None:
    for key, rule in pattern.items():
        if key == "$or":
            if not isinstance(rule, list) or len(rule) < 2 or not all(isinstance(item, dict) for item in rule):
                raise FilterError("$or takes a list of at least two objects.")
            for item in rule:
                _check(item)
        elif isinstance(rule, dict) and rule:
            _check(rule)
        elif isinstance(rule, list) and rule:
            for condition in rule:
                _check_condition(key, condition)
        else:
            raise FilterError(f"{key!r} needs a list of what is allowed, or an object with further keys.")


def _check_condition(key: str, condition: Any) -> None:
    if isinstance(condition, list):
        raise FilterError(f"{key!r}: a list cannot stand in a list.")
    if not isinstance(condition, dict):
        return
    if len(condition) != 1:
        raise FilterError(f"{key!r}: an operator stands alone in its object.")
    ((name, operand),) = condition.items()
    valid = _OPERAND_CHECKS.get(name)
    if valid is None:
        raise FilterError(f"{key!r}: {name!r} is no operator; there are {', '.join(sorted(_OPERAND_CHECKS))}.")
    if not valid(operand):
        raise FilterError(f"{key!r}: {name!r} does not take {json.dumps(operand)[:100]}.")


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_comparison(operand: Any) -> bool:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        return False
    names, numbers = operand[::2], operand[1::2]
    known = all(isinstance(name, str) and name in _COMPARISONS for name in names)
    return known and all(_is_number(number) for number in numbers)


def _is_anything_but(operand: Any) -> bool:
    if isinstance(operand, dict):
        return len(operand) == 1 and set(operand) <= {"prefix", "suffix"} and all(map(_is_text, operand.values()))
    values = operand if isinstance(operand, list) else [operand]
    return bool(values) and all(_is_text(value) or _is_number(value) for value in values)


_OPERAND_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "exists": lambda operand: isinstance(operand, bool),
    "prefix": _is_text,
    "suffix": _is_text,
    "equals-ignore-case": _is_text,
    "numeric": _is_comparison,
    "anything-but": _is_anything_but,
}


def _matches_record(pattern: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Apply the format matrix to the body (ES-32), and the rest of the pattern to the record's other keys."""
    body_rule = pattern.get("body")
    if body_rule is None:
        return _matches(pattern, record)
    body = _structured(str(record["body"]))
    if isinstance(body_rule, dict) != (body is not None):
        return False
    return _matches(pattern, {**record, "body": record["body"] if body is None else body})


def _structured(body: str) -> Any:
    """Return what a JSON body holds; None for plain text.

    A number or a quoted text alone is plain text as well, and so is what is nested too deep to be read.
    """
    try:
        content = read_json(body)
    except ValueError:
        return None
    return content if isinstance(content, dict | list) else None


def _matches(pattern: Mapping[str, Any], value: Any) -> bool:
    """Tell whether all keys of a pattern match; of a list of objects one must."""
    return any(all(_matches_key(key, rule, known) for key, rule in pattern.items()) for known in _objects(value))


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list, and of the lists in it; what is no object has no keys."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        else:
            yield item if isinstance(item, dict) else {}


def _matches_key(key: str, rule: Any, value: Mapping[str, Any]) -> bool:
    if key == "$or":
        return any(_matches(item, value) for item in rule)
    if isinstance(rule, dict):
        return _matches(rule, value.get(key))
    return any(_holds(condition, key in value, value.get(key)) for condition in rule)


def _holds(condition: Any, present: bool, value: Any) -> bool:
    """Tell whether a key's value is one of those that a condition allows; `exists` knows only leaves."""
    if isinstance(condition, dict) and "exists" in condition:
        return (present and not isinstance(value, dict)) is bool(condition["exists"])
    if not present:
        return False
    values = value if isinstance(value, list) else [value]
    if isinstance(condition, dict):
        ((name, operand),) = condition.items()
        return any(_OPERATORS[name](operand, item) for item in values)
    return any(_equal(condition, item) for item in values)


def _equal(expected: Any, value: Any) -> bool:
    """Compare as JSON does: `true` is not 1, though 1.0 is."""
    return isinstance(expected, bool) == isinstance(value, bool) and bool(expected == value)


def _compare(operand: Sequence[Any], value: Any) -> bool:
    pairs = zip(operand[::2], operand[1::2], strict=True)
    return _is_number(value) and all(_COMPARISONS[name](value, number) for name, number in pairs)


def _is_other(operand: Any, value: Any) -> bool:
    if isinstance(operand, dict):
        ((name, text),) = operand.items()
        return isinstance(value, str) and not _OPERATORS[name](text, value)
    excluded = operand if isinstance(operand, list) else [operand]
    return not any(_equal(item, value) for item in excluded)


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "prefix": lambda operand, value: isinstance(value, str) and value.startswith(operand),
    "suffix": lambda operand, value: isinstance(value, str) and value.endswith(operand),
    "equals-ignore-case": lambda operand, value: isinstance(value, str) and value.casefold() == operand.casefold(),
    "numeric": _compare,
    "anything-but": _is_other,
}
