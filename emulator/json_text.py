"""Reads JSON that strangers wrote: requests, messages, and what functions answer."""

import json
from typing import Any

LEVELS = 500  #: of nesting; Python's own reader and writer end at 1,000, less what is on the stack already


def read_json(text: str | bytes, *, levels: int = LEVELS) -> Any:
    """Return what a JSON text says; `ValueError` for whatever cannot be read.

    A text that is nested more than `levels` deep cannot be read either, so that what was read can always be written
    again and walked through. AWS documents no limit of its own.
    """
    too_deep = f"it is nested more than {levels} levels deep"
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise ValueError(too_deep) from error
    if _brackets(text) > levels and _is_deeper(content, levels):
        raise ValueError(too_deep)
    return content


def _brackets(text: str | bytes) -> int:
    """Count what could open a level: where these are few, nothing needs to be walked through."""
    if isinstance(text, str):
        return text.count("[") + text.count("{")
    return text.count(b"[") + text.count(b"{")


def _is_deeper(content: Any, levels: int) -> bool:
    containers = [content] if isinstance(content, dict | list) else []
    for _ in range(levels):
        children = (child for one in containers for child in (one.values() if isinstance(one, dict) else one))
        containers = [child for child in children if isinstance(child, dict | list)]
    return bool(containers)
