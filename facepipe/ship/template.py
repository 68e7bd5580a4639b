"""What a deployment must know of a template: its parameters, and rules that CloudFormation cannot say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from facepipe.ship.problems import ShipError
from facepipe.ship.stack_document import read_document


def defaults(template: Path) -> dict[str, str]:
    """Return every parameter with its default; "" where there is none."""
    return {name: str(entry.get("Default", "")) for name, entry in _parameters(template).items()}


def chosen(template: Path, given: Mapping[str, str], previous: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a deployment's parameters: what is given, else what the stack has (`previous`), else the defaults.

    `ShipError` for a parameter that there is not, that has no value, or for numbers that do not fit together.
    """
    parameters, values = _parameters(template), defaults(template)
    # CloudFormation shows asterisks for what is secret: it must be given again.
    known = {name for name, entry in parameters.items() if str(entry.get("NoEcho", "")).lower() != "true"}
    values |= {name: value for name, value in (previous or {}).items() if name in known}
    if odd := sorted(set(given) - set(values)):
        raise ShipError(f"{template.name} has no parameter {odd[0]}; there are {', '.join(sorted(values)) or 'none'}")
    values |= given
    if missing := [name for name, entry in parameters.items() if "Default" not in entry and not values[name]]:
        raise ShipError(f"the parameter {missing[0]} of {template.name} has no default: --parameter {missing[0]}=…")
    if problem := misfit(values):
        raise ShipError(problem)
    return values


def misfit(values: Mapping[str, str]) -> str:
    """Say what would lose or delay requests on AWS; "" when all is well (ES-22, and AWS's advice for SQS mappings).

    These are rules for the parameters of facepipe's own template; others have none of them.
    """
    if not {"RequestVisibilityTimeout", "RecognitionTimeout"} <= set(values):
        return ""
    visibility, timeout = _number(values, "RequestVisibilityTimeout"), _number(values, "RecognitionTimeout")
    if visibility < 6 * timeout:
        return f"RequestVisibilityTimeout is {visibility}: give 6 times RecognitionTimeout or more, {6 * timeout}"
    if not {"RecognitionReservedConcurrency", "MappingMaximumConcurrency"} <= set(values):
        return ""
    reserved, maximum = _number(values, "RecognitionReservedConcurrency"), _number(values, "MappingMaximumConcurrency")
    if reserved >= 0 and not 2 <= maximum <= reserved:
        return (
            f"RecognitionReservedConcurrency is {reserved}: MappingMaximumConcurrency must be between 2 and that, or"
            " throttled batches use up their receives and become dead letters"
        )
    return ""


def _parameters(template: Path) -> Mapping[str, Mapping[str, Any]]:
    parameters: Mapping[str, Mapping[str, Any]] = read_document(template).get("Parameters") or {}
    return parameters


def _number(values: Mapping[str, str], name: str) -> int:
    try:
        return int(values[name])
    except ValueError as error:
        raise ShipError(f"{name} is {values[name]!r}: give a whole number") from error
