"""Determines the values of a template's parameters from given values and defaults, and checks them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emulator.properties import TemplateError, as_text
from emulator.template.dynamic_references import OutsideValues
from emulator.template.template_problems import Problems

Value = str | list[str]
PROPERTIES = {
    "Type",
    "Default",
    "AllowedValues",
    "AllowedPattern",
    "MinValue",
    "MaxValue",
    "MinLength",
    "MaxLength",
    "Description",
    "ConstraintDescription",
    "NoEcho",
}
LISTS = ("CommaDelimitedList", "List<")  #: the types, or their beginnings, whose values are lists
#: parameters of these types name a parameter of Systems Manager, which has the value
STORED = "AWS::SSM::Parameter::Value<"
_TYPE = re.compile(
    r"String|Number|CommaDelimitedList|List<Number>|AWS::[A-Za-z0-9:]+(<.+>)?|List<(String|AWS::[\w:]+)>"
)


def parameter_values(
    section: Mapping[str, Any], given: Mapping[str, str], problems: Problems, outside: OutsideValues
) -> dict[str, Value | TemplateError]:
    """Return each parameter's value, a list for list types; the problem instead if it has one, which is added."""
    values = dict[str, Value | TemplateError]()
    for name in sorted(set(given) - set(section)):
        known = ", ".join(section) or "none"
        problems.add(TemplateError("", f"the template has no parameter {name}; its parameters are {known}"))
    for name, declared in section.items():
        try:
            values[name] = _value(f"Parameters.{name}", declared, given.get(name, _stored(declared, outside)))
        except TemplateError as error:
            problems.add(error)
            values[name] = error
    return values


def _stored(declared: Any, outside: OutsideValues) -> str | None:
    """Return the value that the settings give to the parameter of Systems Manager that is named by a Default."""
    if not isinstance(declared, dict) or not str(declared.get("Type")).startswith(STORED):
        return None
    return outside.parameter(as_text(declared.get("Default")))


def _value(path: str, declared: Any, given: str | None) -> Value:
    kind = declared.get("Type") if isinstance(declared, dict) else None
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise TemplateError(path, "needs a Type that CloudFormation has, such as String or Number")
    for key in sorted(set(declared) - PROPERTIES):
        raise TemplateError(f"{path}.{key}", "is not a property of a parameter; remove it")
    _check_constraints(path, declared)
    if given is None and "Default" not in declared:
        name = path.rpartition(".")[2]
        raise TemplateError(path, f"has no Default; give it a value when you start the emulator: --parameter {name}=…")
    if given is None and kind.startswith(STORED):
        stored = as_text(declared["Default"])
        problem = f"takes its value from the parameter {stored} of Systems Manager, which is not emulated"
        raise TemplateError(path, f"{problem}; give it a value when you start the emulator: --resolve ssm:{stored}=…")
    value = as_text(declared["Default"]) if given is None else given
    if not _is_list(kind):
        _check(path, value, declared)
        return value
    items = [item.strip() for item in value.split(",")] if value else []
    for item in items:
        _check(path, item, declared)
    return items


def _check_constraints(path: str, declared: Mapping[str, Any]) -> None:
    """Refuse constraints of the wrong type."""
    if not isinstance(declared.get("AllowedValues", []), list):
        raise TemplateError(f"{path}.AllowedValues", "must be a list")
    for key in ("MinValue", "MaxValue", "MinLength", "MaxLength"):
        try:
            float(as_text(declared.get(key, 0)))
        except ValueError as error:
            raise TemplateError(f"{path}.{key}", "must be a number") from error


def _is_list(kind: str) -> bool:
    return kind.removeprefix(STORED).startswith(LISTS)


def _check(path: str, value: str, declared: Mapping[str, Any]) -> None:
    """Check one value, or one item of a list, by the parameter's constraints."""
    explained = declared.get("ConstraintDescription")
    for problem in _broken(value, declared):
        raise TemplateError(path, f"{problem}{f' ({explained})' if explained else ''}")


def _broken(value: str, declared: Mapping[str, Any]) -> Iterator[str]:
    allowed = [as_text(choice) for choice in declared.get("AllowedValues", [])]
    if allowed and value not in allowed:
        yield f"{value!r} is not allowed; choose one of {', '.join(allowed)}"
    if "Number" in declared["Type"]:
        yield from _outside(value, declared)
        return
    pattern = declared.get("AllowedPattern")
    if pattern is not None and not _matches(str(pattern), value):
        yield f"{value!r} does not match the pattern {pattern}; change it"
    low, high = float(declared.get("MinLength", 0)), float(declared.get("MaxLength", len(value)))
    if not low <= len(value) <= high:
        yield f"{value!r} has {len(value)} characters; give {low:g} to {high:g}"


def _outside(value: str, declared: Mapping[str, Any]) -> Iterator[str]:
    try:
        number = float(value)
    except ValueError:
        yield f"{value!r} is not a number; give a number"
        return
    low, high = float(declared.get("MinValue", "-inf")), float(declared.get("MaxValue", "inf"))
    if not low <= number <= high:
        yield f"{value} is not between {low:g} and {high:g}; give a number in this range"


def _matches(pattern: str, value: str) -> bool:
    """Return whether the whole value matches; a pattern in Java's syntax that Python does not know matches all."""
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True
