"""Reads JSON from untrusted sources: requests, messages, and functions' results."""

import json
from typing import Any

LEVELS = 500  #: of nesting; Python's json module fails near 1,000, depending on the depth of the stack


def read_json(text: str | bytes, *, levels: int = LEVELS) -> Any:
    """Parse a JSON text; raise `ValueError` if that is not possible.

    Nesting deeper than `levels` is refused as well, so that the result can always be traversed and written again.
    AWS documents no limit.
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
    """Count opening brackets: a text with only a few cannot be nested too deep, and need not be traversed."""
    if isinstance(text, str):
        return text.count("[") + text.count("{")
    return text.count(b"[") + text.count(b"{")


def _is_deeper(content: Any, levels: int) -> bool:
    containers = [content] if isinstance(content, dict | list) else []
    for _ in range(levels):
        children = (
            child
            for container in containers
            for child in (container.values() if isinstance(container, dict) else container)
        )
        containers = [child for child in children if isinstance(child, dict | list)]
    return bool(containers)
