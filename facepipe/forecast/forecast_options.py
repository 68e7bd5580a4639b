"""Reads the options of `facepipe forecast` that are not about the load, and the template."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from emulator.aws.limits import MAXIMUM_POLLERS, MEMORY_MB, MINIMUM_POLLERS, Range
from emulator.loading import load, place
from emulator.project.project_file import read_project_file
from emulator.region import region_of
from emulator.resources import Function, Resources
from emulator.resources.provisioned_pollers import ProvisionedPollers
from emulator.setting_texts import parse_parameters
from emulator.settings import Settings
from emulator.template import load_declared
from facepipe.forecast.quantities import ForecastError
from facepipe.paths import Paths
from facepipe.project import with_samconfig
from facepipe.project_place import kept_in


def resources_of(template: Path, parameters: Sequence[str]) -> Resources:
    """Load a template as `facepipe up` would, with the parameters of a samconfig.toml.

    What the emulator cannot act on and AWS does, processor architecture and tracing, is read as it is declared.
    """
    settings = _settings(template, parameters)
    resources, declared = load(settings), _declared(settings)
    functions = [_as_declared(one, declared[one.logical_id]) for one in resources.functions]
    return replace(resources, functions=tuple(functions))


def _settings(template: Path, parameters: Sequence[str]) -> Settings:
    project = read_project_file(template.resolve().parent)
    settings = Settings(template, parse_parameters(parameters), project, region=region_of(os.environ))
    return with_samconfig(settings, lambda _: None)


def _declared(settings: Settings) -> Mapping[str, Mapping[str, Any]]:
    """Return all resources' properties by logical id."""
    found = load_declared(settings.template, place=place(settings), parameters=settings.parameters)
    return {one.logical_id: one.properties for one in found}


def _as_declared(function: Function, properties: Mapping[str, Any]) -> Function:
    architectures, tracing = properties.get("Architectures"), properties.get("TracingConfig")
    details = function.details
    if isinstance(architectures, list) and architectures:
        details = replace(details, architecture=str(architectures[0]))
    if isinstance(tracing, dict) and tracing.get("Mode"):
        details = replace(details, tracing=str(tracing["Mode"]))
    return replace(function, details=details)


def journal_of(template: Path, paths: Paths) -> Path:
    """Return the journal that `facepipe up` keeps for a project."""
    if template.resolve() == paths.template.resolve():
        return paths.journal
    return kept_in(paths.var, template.resolve()) / "journal/journal.sqlite"


def read_memories(text: str) -> Sequence[int]:
    """Read amounts of memory in MB, separated by commas."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        if not part.isdecimal() or not MEMORY_MB.low <= int(part) <= MEMORY_MB.high:
            raise ForecastError(f"--memory {part}: write MB from {MEMORY_MB.low} to {MEMORY_MB.high:,}, as 512,1769")
    return [int(part) for part in parts]


def read_pollers(text: str) -> ProvisionedPollers | None:
    """Read MIN..MAX provisioned pollers (ES-48); None for an empty text."""
    if not text:
        return None
    least, dots, most = text.partition("..")
    low, high = (MINIMUM_POLLERS, MAXIMUM_POLLERS)
    if not dots or not _within(least, low) or not _within(most, high) or int(least) > int(most):
        raise ForecastError(
            f"--pollers {text}: write MIN..MAX, as 2..200: MIN from {low.low} to {low.high}, MAX to {high.high:,}"
        )
    return ProvisionedPollers(int(least), int(most))


def read_sends(texts: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Read FUNCTION=QUEUE texts; FUNCTION= alone means that it sends nothing."""
    found = defaultdict[str, list[str]](list)
    for text in texts:
        function, equals, queue = text.partition("=")
        if not equals or not function:
            raise ForecastError(f"--sends {text}: write FUNCTION=QUEUE, by their names in the template")
        found[function] += [queue] if queue else []
    return found


def _within(text: str, allowed: Range) -> bool:
    return text.isdecimal() and allowed.low <= int(text) <= allowed.high
