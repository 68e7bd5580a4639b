"""Reads the lists of pages: an item's title, and the fields below it. A line of an item may go on in the next ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TESTS = re.compile(r"`(test_[^`]+)`")
_TITLE, _FIELD, _REST = re.compile(r"\* (.+)"), re.compile(r"  \* ([^:]+?): (.+)"), re.compile(r" {2,}(?!\*)(.+)")


@dataclass(frozen=True, slots=True)
class PageItem:
    """One item of a list."""

    title: str
    fields: Mapping[str, str]

    @property
    def tests(self) -> list[str]:
        """The tests that the item names, `*` at the end of some of them."""
        return TESTS.findall(self.fields.get("tests", ""))


def page_items(page: Path) -> list[PageItem]:
    """Return the items of all lists of a page that have fields."""
    found: list[tuple[list[str], list[tuple[str, list[str]]]]] = []
    lines: list[str] = []  #: of the title or the field that may go on
    for line in page.read_text(encoding="utf-8").splitlines():
        if title := _TITLE.fullmatch(line):
            lines = [title[1]]
            found.append((lines, []))
        elif (named := _FIELD.fullmatch(line)) and found:
            lines = [named[2]]
            found[-1][1].append((named[1], lines))
        elif rest := _REST.fullmatch(line):
            lines.append(rest[1])
        else:
            lines = []
    return [
        PageItem(" ".join(title), {name: " ".join(text) for name, text in fields}) for title, fields in found if fields
    ]
