"""Reads and writes the texts of the emulator's settings, and checks them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from emulator.edge.hosts import HostError, read_allowed_host
from emulator.setting import SettingsError, TextError

MOST_PORT = 65_535


def port(text: str, *, lowest: int = 1) -> int:
    """Read a port's number."""
    if not text.isdecimal() or not lowest <= int(text) <= MOST_PORT:
        raise TextError(text, f"give a port number, from {lowest} to {MOST_PORT}")
    return int(text)


def port_or_none(text: str) -> int:
    """Read a port's number, or 0 for none."""
    return port(text, lowest=0)


def choice(*choices: str) -> Callable[[str], str]:
    """Return a reader that accepts only these choices."""

    def read(text: str) -> str:
        if text not in choices:
            raise TextError(text, f"choose one of {', '.join(choices)}")
        return text

    return read


def on_or_off(text: str) -> bool:
    """Read `on` or `off`."""
    return choice("on", "off")(text) == "on"


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """Read `Name=value` pairs."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise TextError(text, "write it as Name=value")
        found[name] = value
    return found


def write_pairs(values: Mapping[str, str]) -> list[str]:
    """Write `Name=value` pairs."""
    return [f"{name}={value}" for name, value in values.items()]


def seconds(text: str) -> float:
    """Read a number of seconds above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise TextError(text, "give a number of seconds above 0")
    return number


def seconds_twice(text: str) -> tuple[float, float]:
    """Read two numbers of seconds."""
    try:
        first, second = (float(part) for part in text.split())
    except ValueError as error:
        raise TextError(text, "give two numbers of seconds, as in '60 120'") from error
    return max(first, 0.0), max(second, 0.0)


def hosts(texts: Sequence[str]) -> tuple[str, ...]:
    """Read names of hosts."""
    return tuple(_host(text) for text in texts)


def _host(text: str) -> str:
    try:
        return read_allowed_host(text)
    except HostError as error:
        raise TextError(text, str(error)) from error


def between_lines(text: str) -> list[str]:
    """Split a text at line breaks and semicolons."""
    return [line.strip() for line in text.replace(";", "\n").splitlines() if line.strip()]


def path(text: str) -> Path:
    """Read a path."""
    return Path(text)


def parse_parameters(texts: Sequence[str]) -> dict[str, str]:
    """Read a template's parameters from a command line; `SettingsError` names the wrong one."""
    try:
        return pairs(texts)
    except TextError as error:
        raise SettingsError(f"--parameter is {error}") from error
