"""Validates parameters by the service model's rules, with AWS's messages (LA-03).

The messages follow recordings from AWS in LocalStack's snapshot tests. The order in which AWS lists failures and enum
values is not in the model; here it is the model's order.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.model import Shape, StructureShape

from emulator.aws.runtimes import RETIRED, retired
from emulator.lambda_api.api_errors import ApiError, invalid

NUMBERS = ("integer", "long", "float", "double")
NOT_NULL = "Member must not be null"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule for a value."""

    message: str
    holds: Callable[[Any], bool]


def check(shape: StructureShape | None, parameters: Mapping[str, Any]) -> None:
    """Refuse invalid parameters; the `ApiError` lists all failures."""
    if shape:
        _check_runtime(shape, parameters)
    failures = list(_members(shape, parameters, "")) if shape else []
    if failures:
        counted = f"{len(failures)} validation error{'s' if len(failures) > 1 else ''} detected"
        raise ApiError(400, "ValidationException", f"{counted}: {'; '.join(failures)}")


def _check_runtime(shape: StructureShape, parameters: Mapping[str, Any]) -> None:
    """Refuse an unknown or retired runtime with Lambda's own errors (recorded)."""
    runtime, value = shape.members.get("Runtime"), parameters.get("Runtime")
    if runtime is None or not isinstance(value, str):
        return
    for constraint in constraints(runtime):
        if not constraint.holds(value):
            words = f"Value {value} at 'runtime' failed to satisfy constraint: {constraint.message} or be a valid ARN"
            raise invalid(words)
    if value in RETIRED:
        raise invalid(retired(value))


def constraints(shape: Shape) -> list[Constraint]:
    """Return the rules for a shape's values, in AWS's order."""
    rules, found = shape.metadata, []
    what, measure = ("value", _itself) if shape.type_name in NUMBERS else ("length", len)
    if "max" in rules:
        message = f"Member must have {what} less than or equal to {rules['max']}"
        found.append(Constraint(message, lambda value: measure(value) <= rules["max"]))
    if "min" in rules:
        message = f"Member must have {what} greater than or equal to {rules['min']}"
        found.append(Constraint(message, lambda value: measure(value) >= rules["min"]))
    if "pattern" in rules:
        message = f"Member must satisfy regular expression pattern: {rules['pattern']}"
        found.append(Constraint(message, lambda value: _matches(rules["pattern"], value)))
    if "enum" in rules:
        message = f"Member must satisfy enum value set: [{', '.join(rules['enum'])}]"
        found.append(Constraint(message, lambda value: value in rules["enum"]))
    return found


def _members(shape: StructureShape, values: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the failures of a structure's members."""
    for name, member in shape.members.items():
        member_path = f"{path}{name[0].lower()}{name[1:]}"
        value = values.get(name)
        if value is not None:
            yield from _value(member, value, member_path)
        elif name in shape.required_members:
            yield _failure("Value null", member_path, NOT_NULL)


def _value(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Yield the failures of a value and of the values in it."""
    for message in _broken(shape, value):
        shown = "Value" if shape.metadata.get("sensitive") else f"Value '{_shown(value)}'"
        yield _failure(shown, path, message)
    if shape.type_name == "structure":
        yield from _members(shape, value, f"{path}.")
    elif _holds_structures(shape):
        for number, item in enumerate(value, start=1):
            yield from _members(shape.member, item or {}, f"{path}.{number}.member.")


def _broken(shape: Any, value: Any) -> Iterator[str]:
    """Yield the messages of the rules that a value breaks, including rules for its keys and items."""
    yield from (constraint.message for constraint in constraints(shape) if not constraint.holds(value))
    if shape.type_name == "map":
        rules = constraints(shape.value)
        yield from _items("Map keys must satisfy constraint", constraints(shape.key), value)
        yield from _items("Map value must satisfy constraint", rules, value.values(), not_null=bool(rules))
    elif shape.type_name == "list" and not _holds_structures(shape):
        yield from _items("Member must satisfy constraint", constraints(shape.member), value, not_null=True)


def _holds_structures(shape: Any) -> bool:
    return bool(shape.type_name == "list" and shape.member.type_name == "structure")


def _items(what: str, rules: Sequence[Constraint], items: Iterable[Any], *, not_null: bool = False) -> Iterator[str]:
    """Yield the message if a key or item breaks a rule; like AWS, it lists all of the rules."""
    if not all(item is not None and all(rule.holds(item) for rule in rules) for item in items):
        messages = [rule.message for rule in rules] + [NOT_NULL] * not_null
        yield f"{what}: [{', '.join(messages)}]"


def _failure(shown: str, path: str, message: str) -> str:
    return f"{shown} at '{path}' failed to satisfy constraint: {message}"


def _shown(value: Any) -> str:
    """Return a value in AWS's notation."""
    if isinstance(value, list):
        return f"[{', '.join(_shown(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={_shown(item)}' for key, item in value.items())}}}"
    return "null" if value is None else str(value)


def _matches(pattern: str, value: str) -> bool:
    r"""Return whether the whole text matches; a pattern that Python does not know (`\p{L}` in tag keys) matches all."""
    try:
        return re.fullmatch(pattern, value, re.ASCII) is not None
    except re.error:
        return True


def _itself(value: Any) -> Any:
    return value
