"""docs/security.md names tests that exist."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

from tests.page_items import page_items

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs/security.md"
PAGE = FILE.read_text(encoding="utf-8")


def test_every_test_on_the_page_exists() -> None:
    files = (ROOT / "tests").rglob("test_*.py")
    known = {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)}
    named = set(re.findall(r"`(test_\w+\*?)`", PAGE))
    assert named
    assert {name for name in named if not any(fnmatchcase(test, name) for test in known)} == set()


def test_every_item_that_lets_somebody_in_or_keeps_somebody_out_names_its_tests() -> None:
    items = page_items(FILE)
    assert len(items) > 60
    assert [item.title for item in items if not item.tests] == []
