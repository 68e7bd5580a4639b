"""Determines the values of a template's parameters from given values and defaults, and checks them."""

from collections.abc import Mapping
from typing import Any

from emulator.properties import TemplateError, as_text

TYPES = ("String", "Number", "CommaDelimitedList")
KNOWN = {
    "Type",
    "Default",
    "AllowedValues",
    "MinValue",
    "MaxValue",
    "MinLength",
    "MaxLength",
    "Description",
    "ConstraintDescription",
    "NoEcho",
}


def parameter_values(section: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Return each parameter's value as a string, like CloudFormation; `TemplateError` names the parameter."""
    unknown = sorted(set(given) - set(section))
    if unknown:
        raise TemplateError(
            "", f"the template has no parameter {unknown[0]}; its parameters are {', '.join(section) or 'none'}"
        )
    return {name: _value(f"Parameters.{name}", declared, given.get(name)) for name, declared in section.items()}


def _value(path: str, declared: Any, given: str | None) -> str:
    if not isinstance(declared, dict) or declared.get("Type") not in TYPES:
        raise TemplateError(path, f"needs a Type that is emulated; these are {', '.join(TYPES)}")
    odd = sorted(set(declared) - KNOWN)
    if odd:
        raise TemplateError(f"{path}.{odd[0]}", "is not a property of a parameter, or is not emulated; remove it")
    if given is None and "Default" not in declared:
        raise TemplateError(path, "has no Default; give it a value when you start the emulator")
    value = as_text(declared["Default"]) if given is None else given
    allowed = [as_text(choice) for choice in declared.get("AllowedValues", [])]
    if allowed and value not in allowed:
        raise TemplateError(path, f"{value!r} is not allowed; choose one of {', '.join(allowed)}")
    if declared["Type"] == "Number":
        _check_number(path, value, declared)
    return value


def _check_number(path: str, value: str, declared: Mapping[str, Any]) -> None:
    try:
        number = float(value)
    except ValueError as error:
        raise TemplateError(path, f"{value!r} is not a number; give a number") from error
    low, high = float(declared.get("MinValue", "-inf")), float(declared.get("MaxValue", "inf"))
    if not low <= number <= high:
        raise TemplateError(path, f"{value} is not between {low:g} and {high:g}; give a number in this range")
