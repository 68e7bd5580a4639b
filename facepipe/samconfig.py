"""Reads samconfig.toml, the file in which `sam deploy` finds its options: the template, and values of parameters."""

import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SAMCONFIG = "samconfig.toml"
#: the commands whose options are looked at, in this order, in the environment that SAM takes if none is named
COMMANDS = ("global", "build", "local_invoke", "deploy")
OVERRIDES = "parameter_overrides"


class SamconfigError(RuntimeError):
    """The file cannot be read; the message names it and the cure."""


def template_in(folder: Path) -> str:
    """Return the template that a folder's samconfig.toml names; an empty text for none."""
    for options in _options(folder):
        for key in ("template_file", "template"):
            if isinstance(options.get(key), str):
                return str(options[key])
    return ""


def parameters_in(folder: Path) -> dict[str, str]:
    """Return the values that a folder's samconfig.toml gives to parameters, in any of SAM's three forms."""
    found: dict[str, str] = {}
    for options in _options(folder):
        found.update(_pairs(options.get(OVERRIDES), folder))
    return found


def _pairs(overrides: Any, folder: Path) -> dict[str, str]:
    if isinstance(overrides, dict):
        return {str(name): str(value) for name, value in overrides.items()}
    words = [str(word) for word in overrides] if isinstance(overrides, list) else []
    if isinstance(overrides, str):
        try:
            words = shlex.split(overrides)
        except ValueError as error:
            cure = f"correct its {OVERRIDES}"
            raise SamconfigError(f"{folder / SAMCONFIG} cannot be read ({error}); {cure}") from error
    pairs = {}
    for word in words:
        name, equals, value = word.removeprefix("ParameterKey=").partition("=")
        if word.startswith("ParameterKey=") and ",ParameterValue=" in word:
            name, value = word.removeprefix("ParameterKey=").split(",ParameterValue=", 1)
        if equals:
            pairs[name] = value
    return pairs


def _options(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the options of each command."""
    file = folder / SAMCONFIG
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise SamconfigError(f"{file} cannot be read ({error}); correct it, or name the template") from error
    default = tree.get("default")
    for command in COMMANDS:
        section = default.get(command) if isinstance(default, dict) else None
        parameters = section.get("parameters") if isinstance(section, dict) else None
        if isinstance(parameters, dict):
            yield parameters
