"""CHANGELOG.md: the section of a version, and how `Unreleased` becomes one. The file follows Keep a Changelog."""

import re

from release.release_error import ReleaseError

UNRELEASED = "Unreleased"
FILE = "CHANGELOG.md"
HEADING = re.compile(r"^## (?P<name>\S+)(?: - (?P<day>\d{4}-\d{2}-\d{2}))?[ \t]*$", re.MULTILINE)


def section(text: str, name: str) -> str:
    """Return what a section says, without its heading; `ReleaseError` if there is no such section or it is empty."""
    headings = list(HEADING.finditer(text))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading["name"] != name:
            continue
        body = text[heading.end() : following.start() if following else None].strip()
        if not body:
            raise ReleaseError(f"the section {name} of {FILE} is empty: write there what a user can see of the change")
        return body
    raise ReleaseError(f"{FILE} has no section {name}: scripts/release --prepare {name} makes it of {UNRELEASED}")


def has_section(text: str, name: str) -> bool:
    """Whether a version, or Unreleased, has a heading."""
    return any(heading["name"] == name for heading in HEADING.finditer(text))


def with_version(text: str, version: str, day: str) -> str:
    """Return the changelog in which `Unreleased` has become the section of a version, and a new one is empty."""
    if has_section(text, version):
        raise ReleaseError(f"{FILE} has a section {version} already: choose the next version")
    if not has_section(text, UNRELEASED):
        raise ReleaseError(f"{FILE} has no section {UNRELEASED}: there is nothing to release")
    section(text, UNRELEASED)
    return text.replace(f"## {UNRELEASED}\n", f"## {UNRELEASED}\n\n## {version} - {day}\n", 1)
