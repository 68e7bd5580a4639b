"""Replaces placeholders such as `<name>` in the requests of cases by the values of a run."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

PLACEHOLDER = re.compile(r"<([a-z][a-z0-9-]*)>")


class UnknownPlaceholderError(ValueError):
    """A case uses a placeholder that has no value."""


def filled(value: object, values: Mapping[str, object]) -> Any:
    """Return a request with its placeholders replaced. A text that is only a placeholder becomes the value itself."""
    match value:
        case Mapping():
            return {_text(str(key), values): filled(one, values) for key, one in value.items()}
        case list():
            return [filled(one, values) for one in value]
        case str():
            whole = PLACEHOLDER.fullmatch(value)
            return _of(whole.group(1), values) if whole else _text(value, values)
    return value


def named(value: object) -> Iterator[str]:
    """Yield the names of all placeholders in a request or an expected answer."""
    match value:
        case Mapping():
            for key, one in value.items():
                yield from named(key)
                yield from named(one)
        case list():
            for one in value:
                yield from named(one)
        case str():
            yield from PLACEHOLDER.findall(value)


def _text(text: str, values: Mapping[str, object]) -> str:
    return PLACEHOLDER.sub(lambda found: str(_of(found.group(1), values)), text)


def _of(name: str, values: Mapping[str, object]) -> object:
    if name not in values:
        raise UnknownPlaceholderError(f"<{name}> stands for nothing here")
    return values[name]
