"""Reads the numbers, stretches of time and ranges that the options of a forecast have."""

import math

UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class ForecastError(ValueError):
    """Something cannot be forecast; the message names the option or the file, and the cure."""


def number(text: str, option: str, *, cure: str = "write a number, as 200", low: float = 0.0) -> float:
    """Return a finite number of at least `low`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < low:
        raise ForecastError(f"{option} {text}: {cure}")
    return value


def span_s(text: str, option: str) -> float:
    """Return a stretch of time in seconds: 90s, 30m, 2h or 1d."""
    unit = UNITS_S.get(text[-1:], 0)
    try:
        seconds = float(text[:-1]) * unit
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise ForecastError(f"{option} {text}: write a stretch of time as 90s, 30m, 2h or 1d")
    return seconds


def span_text(seconds: float) -> str:
    """Return a stretch of time as a person writes it: 45 s, 3:20 min, 2:05 h."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    if whole < 3_600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3_600}:{whole % 3_600 // 60:02} h"


def named(texts: list[str], option: str) -> dict[str, str]:
    """Return NAME=VALUE texts as a dictionary; a VALUE without a name holds for every name, under an empty one."""
    found = {}
    for text in texts:
        name, _, value = text.rpartition("=")
        if not value:
            raise ForecastError(f"{option} {text}: write NAME=VALUE, or a VALUE for all")
        found[name] = value
    return found
