"""The values of a template's parameters: its defaults, overridden by whoever loads it, checked as it says."""

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
    """Return every parameter's value as text, as CloudFormation treats it; `TemplateError` names the parameter."""
    unknown = sorted(set(given) - set(section))
    if unknown:
        raise TemplateError("", f"there is no parameter {unknown[0]}; the template has {', '.join(section) or 'none'}")
    return {name: _value(f"Parameters.{name}", declared, given.get(name)) for name, declared in section.items()}


def _value(path: str, declared: Any, given: str | None) -> str:
    if not isinstance(declared, dict) or declared.get("Type") not in TYPES:
        raise TemplateError(path, f"needs a Type that is built: {', '.join(TYPES)}")
    odd = sorted(set(declared) - KNOWN)
    if odd:
        raise TemplateError(f"{path}.{odd[0]}", "is no property of a parameter, or one that is not built")
    if given is None and "Default" not in declared:
        raise TemplateError(path, "has no Default; give it a value")
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
        raise TemplateError(path, f"{value!r} is no number") from error
    low, high = float(declared.get("MinValue", "-inf")), float(declared.get("MaxValue", "inf"))
    if not low <= number <= high:
        raise TemplateError(path, f"{value} is not between {low:g} and {high:g}")
