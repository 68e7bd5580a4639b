"""The pages of verbs and settings are those of this program."""

import pytest

from tests.reference_pages import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_up_to_date(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "write it anew: python -m tests.reference_pages"
