"""Event filtering: decides by patterns which records reach the function (ES-30 to ES-34)."""

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.json_text import read_json
from emulator.resources.filter_patterns import COMPARISONS, is_number, read_patterns


@dataclass(frozen=True, slots=True)
class Filters:
    """The patterns of one mapping. A record passes if one of them matches, or if there are none."""

    patterns: tuple[Mapping[str, Any], ...] = ()

    def match(self, record: Mapping[str, Any]) -> bool:
        """Return whether a record passes."""
        return not self.patterns or any(_matches_record(pattern, record) for pattern in self.patterns)


def parse(patterns: Sequence[str | None]) -> Filters:
    """Parse patterns; raise `FilterError` like Lambda (ES-33)."""
    return Filters(read_patterns(patterns))


def _matches_record(pattern: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Match the body by AWS's table of formats (ES-32), and the rest of the pattern against the record's other keys."""
    body_rule = pattern.get("body")
    if body_rule is None:
        return _matches(pattern, record)
    body = _structured(str(record["body"]))
    if isinstance(body_rule, dict) != (body is not None):
        return False
    return _matches(pattern, {**record, "body": record["body"] if body is None else body})


def _structured(body: str) -> Any:
    """Parse a JSON body; None for plain text.

    A single number or string counts as plain text too, and so does JSON that is nested too deep.
    """
    try:
        content = read_json(body)
    except ValueError:
        return None
    return content if isinstance(content, dict | list) else None


def _matches(pattern: Mapping[str, Any], value: Any) -> bool:
    """Return whether all keys of a pattern match; for a list of objects, whether one object matches."""
    return any(all(_matches_key(key, rule, known) for key, rule in pattern.items()) for known in _objects(value))


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a list and in its nested lists; other values have no keys."""
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
    """Return whether a condition allows a key's value; `exists` matches only values that are not objects."""
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
    """Compare like JSON: `true` does not equal 1, but 1.0 does."""
    return isinstance(expected, bool) == isinstance(value, bool) and bool(expected == value)


def _compare(operand: Sequence[Any], value: Any) -> bool:
    pairs = zip(operand[::2], operand[1::2], strict=True)
    return is_number(value) and all(COMPARISONS[name](value, number) for name, number in pairs)


def _is_within(operand: str, value: Any) -> bool:
    """Return whether an address is in a network. Lambda's guide does not list `cidr`; AWS's samples use it."""
    try:
        return isinstance(value, str) and ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


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
    "cidr": _is_within,
    "anything-but": _is_other,
}
