"""What a deployment must know of template.yaml: its parameters' defaults, and rules that CloudFormation cannot say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from facepipe.ship.problems import ShipError


class _TagIgnoringLoader(yaml.SafeLoader):
    """YAML whose CloudFormation tags (!Ref, !GetAtt …) are left alone: parameters have none."""


def _ignore(_loader: _TagIgnoringLoader, _suffix: str, _node: yaml.Node) -> None:
    return None


_TagIgnoringLoader.add_multi_constructor("!", _ignore)


def defaults(template: Path) -> dict[str, str]:
    """Return every parameter with its default; "" where there is none."""
    try:
        document: Any = yaml.load(template.read_text(encoding="utf-8"), _TagIgnoringLoader)  # noqa: S506  # a SafeLoader
        return {name: str(entry.get("Default", "")) for name, entry in document["Parameters"].items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ShipError(f"{template.name} cannot be read as a template with parameters: {error}") from error


def chosen(template: Path, given: Mapping[str, str], previous: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a deployment's parameters: what is given, else what the stack has (`previous`), else the defaults.

    `ShipError` for a parameter that there is not, or numbers that do not fit together.
    """
    values = defaults(template)
    values |= {name: value for name, value in (previous or {}).items() if name in values}
    if odd := sorted(set(given) - set(values)):
        raise ShipError(f"{template.name} has no parameter {odd[0]}; there are {', '.join(sorted(values))}")
    values |= given
    if problem := misfit(values):
        raise ShipError(problem)
    return values


def misfit(values: Mapping[str, str]) -> str:
    """Say what would lose or delay requests on AWS; "" when all is well (ES-22, and AWS's advice for SQS mappings)."""
    visibility, timeout = _number(values, "RequestVisibilityTimeout"), _number(values, "RecognitionTimeout")
    if visibility < 6 * timeout:
        return f"RequestVisibilityTimeout is {visibility}: give 6 times RecognitionTimeout or more, {6 * timeout}"
    reserved, maximum = _number(values, "RecognitionReservedConcurrency"), _number(values, "MappingMaximumConcurrency")
    if reserved >= 0 and not 2 <= maximum <= reserved:
        return (
            f"RecognitionReservedConcurrency is {reserved}: MappingMaximumConcurrency must be between 2 and that, or"
            " throttled batches use up their receives and become dead letters"
        )
    return ""


def _number(values: Mapping[str, str], name: str) -> int:
    try:
        return int(values[name])
    except ValueError as error:
        raise ShipError(f"{name} is {values[name]!r}: give a whole number") from error
