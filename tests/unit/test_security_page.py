"""docs/security.md names tests that exist."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")


def test_every_test_on_the_page_exists() -> None:
    files = (ROOT / "tests").rglob("test_*.py")
    known = {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)}
    named = set(re.findall(r"`(test_\w+\*?)`", PAGE))
    assert named
    assert {name for name in named if not any(fnmatchcase(test, name) for test in known)} == set()


def test_every_row_that_lets_somebody_in_or_keeps_somebody_out_names_its_tests() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.endswith("| tests |")]
    assert [row for row in rows if "`test_" not in row] == []
