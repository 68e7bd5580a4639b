"""Checks the patterns of FilterCriteria as Lambda does (ES-30, ES-33).

The operators are those that the Lambda developer guide lists for filter rules. Others are refused by name.
"""

import ipaddress
import json
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.aws.limits import FILTER_CHARACTERS
from emulator.json_text import read_json

PATTERN_LEVELS = 100  #: of nesting; AWS documents no limit, but each level uses Python's stack
INVALID_PATTERN = "Invalid filter pattern definition."  #: AWS's message (ES-33); the emulator adds what is wrong

#: operators of `numeric`
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class FilterError(ValueError):
    """Lambda refuses the pattern; the message begins with Lambda's."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{INVALID_PATTERN} {why}")


def read_patterns(texts: Sequence[str | None]) -> tuple[Mapping[str, Any], ...]:
    """Parse the patterns of FilterCriteria; `FilterError` says what Lambda would refuse (ES-33)."""
    return tuple(_read(text) for text in texts)


def _read(text: str | None) -> Mapping[str, Any]:
    if not isinstance(text, str) or len(text) > FILTER_CHARACTERS:
        raise FilterError(f"A pattern is a string of at most {FILTER_CHARACTERS} characters.")
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
            raise FilterError(f"{key!r} needs a list of allowed values, or an object with further keys.")


def _check_condition(key: str, condition: Any) -> None:
    if isinstance(condition, list):
        raise FilterError(f"{key!r}: a list cannot contain a list.")
    if not isinstance(condition, dict):
        return
    if len(condition) != 1:
        raise FilterError(f"{key!r}: an operator must be the only key of its object.")
    ((name, operand),) = condition.items()
    valid = _OPERAND_CHECKS.get(name)
    if valid is None:
        raise FilterError(
            f"{key!r}: {name!r} is not an operator; the operators are {', '.join(sorted(_OPERAND_CHECKS))}."
        )
    if not valid(operand):
        raise FilterError(f"{key!r}: {name!r} does not take {json.dumps(operand)[:100]}.")


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number; `true` and `false` are not."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_network(operand: Any) -> bool:
    try:
        return isinstance(operand, str) and bool(ipaddress.ip_network(operand, strict=False))
    except ValueError:
        return False


def _is_comparison(operand: Any) -> bool:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        return False
    names, numbers = operand[::2], operand[1::2]
    known = all(isinstance(name, str) and name in COMPARISONS for name in names)
    return known and all(is_number(number) for number in numbers)


def _is_anything_but(operand: Any) -> bool:
    if isinstance(operand, dict):
        return len(operand) == 1 and set(operand) <= {"prefix", "suffix"} and all(map(_is_text, operand.values()))
    values = operand if isinstance(operand, list) else [operand]
    return bool(values) and all(_is_text(value) or is_number(value) for value in values)


_OPERAND_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "exists": lambda operand: isinstance(operand, bool),
    "prefix": _is_text,
    "suffix": _is_text,
    "equals-ignore-case": _is_text,
    "numeric": _is_comparison,
    "cidr": _is_network,
    "anything-but": _is_anything_but,
}
