"""Compares a queue's actual attributes, as a server returns them, with the wanted attributes."""

import json
from collections.abc import Mapping


def differing(have: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Return the wanted attributes that the queue does not have yet."""
    return {key: value for key, value in wanted.items() if not _same(have.get(key), value)}


def _same(have: str | None, wanted: str) -> bool:
    """Compare attributes. Policies are compared as JSON, because some servers write their numbers as texts."""
    if have is None or not wanted.startswith("{"):
        return have == wanted
    try:
        left, right = json.loads(have), json.loads(wanted)
    except ValueError:
        return False
    return {key: str(value) for key, value in left.items()} == {key: str(value) for key, value in right.items()}
