"""Compares an answer, a tree of JSON values, with the expected tree, which may have placeholders."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MISSING = "(missing)"
OPTIONAL = "?"  #: at the end of a key: the member may be missing
TEXT, NUMBER, ANYTHING = "<text>", "<number>", "<any>"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place of an answer that is not as expected."""

    where: str  #: the path of members and positions
    expected: object
    got: object

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.where}: expected {self.expected!r}, got {self.got!r}"


def differences(expected: object, got: object, where: str = "answer") -> list[Difference]:
    """Return all differences.

    Placeholders of `expected`: `<any>`, `<text>` and `<number>` stand for any value of their kind; a key with `?` at
    its end may be missing; `{$has: …}` leaves further members or elements alone; `{$unordered: […]}` is a list in any
    order; `{$one_of: […]}` is one of several values; `{$contains: …}` a part of a text.
    """
    return list(_differences(expected, got, where))


def _differences(expected: object, got: object, where: str) -> Iterator[Difference]:
    if isinstance(expected, Mapping):
        (first, *_) = expected or [""]
        if str(first).startswith("$"):
            yield from _special(first, expected[first], got, where)
        else:
            yield from _members(expected, got, where, exact=True)
    elif isinstance(expected, list):
        yield from _elements(expected, got, where)
    elif not _same(expected, got):
        yield Difference(where, expected, got)


def _same(expected: object, got: object) -> bool:
    if expected in (ANYTHING, TEXT, NUMBER):
        number = isinstance(got, int | float) and not isinstance(got, bool)
        return expected == ANYTHING or (number if expected == NUMBER else isinstance(got, str))
    return type(expected) is type(got) and expected == got


def _special(word: str, value: Any, got: object, where: str) -> Iterator[Difference]:
    match word:
        case "$has" if isinstance(value, Mapping):
            yield from _members(value, got, where, exact=False)
        case "$has":
            yield from _some(value, got, where)
        case "$unordered":
            yield from _unordered(value, got, where)
        case "$one_of":
            if all(differences(choice, got) for choice in value):
                yield Difference(where, {"one of": value}, got)
        case "$contains":
            if not isinstance(got, str) or value not in got:
                yield Difference(where, {"a text with": value}, got)
        case _:
            raise ValueError(f"{where}: {word} is no placeholder")


def _members(expected: Mapping[str, object], got: object, where: str, *, exact: bool) -> Iterator[Difference]:
    if not isinstance(got, Mapping):
        yield Difference(where, expected, got)
        return
    known = set()
    for key, value in expected.items():
        name = key.removesuffix(OPTIONAL)
        known.add(name)
        if name in got:
            yield from _differences(value, got[name], f"{where}.{name}")
        elif not key.endswith(OPTIONAL):
            yield Difference(f"{where}.{name}", value, MISSING)
    if exact:
        yield from (Difference(f"{where}.{name}", MISSING, got[name]) for name in got if name not in known)


def _elements(expected: Sequence[object], got: object, where: str) -> Iterator[Difference]:
    if not isinstance(got, list) or len(got) != len(expected):
        yield Difference(where, expected, got)
        return
    for number, (one, other) in enumerate(zip(expected, got, strict=True)):
        yield from _differences(one, other, f"{where}[{number}]")


def _some(expected: Sequence[object], got: object, where: str) -> Iterator[Difference]:
    """Yield the expected elements that are missing."""
    elements = got if isinstance(got, list) else []
    yield from (
        Difference(where, {"an element": wanted}, got)
        for wanted in expected
        if all(differences(wanted, element) for element in elements)
    )


def _unordered(expected: Sequence[object], got: object, where: str) -> Iterator[Difference]:
    if not isinstance(got, list) or len(got) != len(expected):
        yield Difference(where, expected, got)
        return
    left = list(got)
    for wanted in expected:
        found = next((element for element in left if not differences(wanted, element)), MISSING)
        if found == MISSING:
            yield Difference(where, {"an element": wanted}, left)
            return
        left.remove(found)
