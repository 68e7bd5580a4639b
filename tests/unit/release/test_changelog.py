"""The changelog's sections."""

import pytest

from release.changelog import section, with_version
from release.release_error import ReleaseError

TEXT = """\
# Changelog

What a user can see.

## Unreleased

### Added
- A thing.

## 0.1.0 - 2026-01-31

### Fixed
- Another.
"""


def test_a_section_ends_where_the_next_begins() -> None:
    assert section(TEXT, "Unreleased") == "### Added\n- A thing."
    assert section(TEXT, "0.1.0") == "### Fixed\n- Another."


def test_unreleased_becomes_the_section_of_a_version() -> None:
    changed = with_version(TEXT, "0.2.0", "2026-02-03")
    assert section(changed, "0.2.0") == "### Added\n- A thing."
    assert changed.index("## Unreleased") < changed.index("## 0.2.0 - 2026-02-03") < changed.index("## 0.1.0")
    assert section(changed, "0.1.0") == section(TEXT, "0.1.0")
    with pytest.raises(ReleaseError, match="section Unreleased of CHANGELOG.md is empty"):
        with_version(changed, "0.3.0", "2026-02-04")


def test_a_section_that_is_missing_is_named_with_the_cure() -> None:
    with pytest.raises(ReleaseError, match="no section 0.2.0: scripts/release --prepare 0.2.0"):
        section(TEXT, "0.2.0")


def test_a_version_has_one_section() -> None:
    with pytest.raises(ReleaseError, match="has a section 0.1.0 already"):
        with_version(TEXT, "0.1.0", "2026-02-03")
