"""Compares a queue's attributes as servers answer them with those that are wanted."""

import json
from collections.abc import Mapping


def differing(have: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Return those of the wanted attributes that are not so yet."""
    return {key: value for key, value in wanted.items() if not _same(have.get(key), value)}


def _same(have: str | None, wanted: str) -> bool:
    """Compare attributes; policies as JSON, since servers write numbers in them as numbers or as texts."""
    if have is None or not wanted.startswith("{"):
        return have == wanted
    try:
        left, right = json.loads(have), json.loads(wanted)
    except ValueError:
        return False
    return {key: str(value) for key, value in left.items()} == {key: str(value) for key, value in right.items()}
