"""Reads a function's settings from a passed environment, with errors that name the variable."""

from collections.abc import Mapping, Sequence
from pathlib import Path

DEFAULT_MODELS_DIR = "/opt/facepipe/models"  #: where the images carry them


class SettingsError(ValueError):
    """A variable is missing or not what it should be; the message names it."""


def text(environment: Mapping[str, str], name: str) -> str:
    """Return a variable that must be there."""
    value = environment.get(name, "").strip()
    if not value:
        raise SettingsError(f"the environment variable {name} is missing or empty; template.yaml sets it")
    return value


def number(environment: Mapping[str, str], name: str, *, default: float, low: float, high: float) -> float:
    """Return a number between `low` and `high`."""
    value = environment.get(name, "").strip()
    try:
        result = float(value) if value else default
    except ValueError:
        result = float("nan")
    if not low <= result <= high:
        raise SettingsError(f"the environment variable {name} must be a number from {low:g} to {high:g}, not {value!r}")
    return result


def whole_number(environment: Mapping[str, str], name: str, *, default: int, low: int, high: int) -> int:
    """Return a whole number between `low` and `high`."""
    value = number(environment, name, default=default, low=low, high=high)
    if value != int(value):
        raise SettingsError(f"the environment variable {name} must be a whole number, not {environment[name]!r}")
    return int(value)


def choice(environment: Mapping[str, str], name: str, choices: Sequence[str]) -> str:
    """Return one of the choices, the first where the variable is not set."""
    value = environment.get(name, "").strip() or choices[0]
    if value not in choices:
        raise SettingsError(f"the environment variable {name} must be one of {', '.join(choices)}, not {value!r}")
    return value


def models_dir(environment: Mapping[str, str]) -> Path:
    """Return where the models are."""
    return Path(environment.get("MODELS_DIR", "").strip() or DEFAULT_MODELS_DIR)
