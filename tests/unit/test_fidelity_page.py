"""docs/aws-fidelity.md and the tests stay in step: no id without a test or a reason, no test that is not there."""

import re
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path

from tests.page_items import page_items

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs/aws-fidelity.md"
PAGE = FILE.read_text(encoding="utf-8")
TITLE = re.compile(r"\*\*((?:FU|ES|RT|LA)-\d\d)\*\* on AWS: .+")
STATES = ("done", "refused", "not yet")


def rows() -> list[tuple[str, str, list[str]]]:
    """Id, what happens here, names of tests."""
    titled = [(TITLE.fullmatch(item.title), item) for item in page_items(FILE)]
    return [(match[1], item.fields["here"], item.tests) for match, item in titled if match]


def all_tests() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)}


def ids_of(test: str) -> set[str]:
    return {f"{kind.upper()}-{number}" for kind, number in re.findall(r"(?<=_)(fu|es|rt|la)(\d\d)(?=_|$)", test)}


def state(here: str) -> str:
    return next((name for name in STATES if here.startswith(name)), f"none of {STATES}: {here}")


def test_the_page_has_every_id_of_the_checklist_once() -> None:
    url = [f"FU-{n:02}" for n in (*range(1, 11), *range(20, 36))]
    mapping = [f"ES-{n:02}" for n in (*range(1, 5), *range(10, 17), *range(20, 28), *range(30, 35), *range(40, 54))]
    runtime = [f"RT-{n:02}" for n in range(1, 24)]
    api = [f"LA-{n:02}" for n in range(1, 10)]
    assert [identifier for identifier, _, _ in rows()] == [*url, *mapping, *runtime, *api]


def test_every_id_that_a_test_carries_is_on_the_page() -> None:
    carried = {identifier for test in all_tests() for identifier in ids_of(test)}
    assert carried - {identifier for identifier, _, _ in rows()} == set()


def test_every_test_on_the_page_exists() -> None:
    known = all_tests()
    named = set(re.findall(r"`(test_\w+\*?)`", PAGE))
    assert {name for name in named if not any(fnmatchcase(test, name) for test in known)} == set()


def test_every_test_that_carries_an_id_is_named_in_one_of_its_rows() -> None:
    listed = {identifier: names for identifier, _, names in rows()}
    for test in filter(ids_of, all_tests()):
        names = [name for identifier in ids_of(test) for name in listed[identifier]]
        assert any(fnmatchcase(test, name) for name in names), f"{test} is not on the page"


def test_what_is_done_has_a_test_of_its_id_and_what_is_not_has_a_reason() -> None:
    for identifier, here, names in rows():
        if state(here) == "done":
            carrying = [name for name in names if identifier in ids_of(name.rstrip("*").rstrip("_"))]
            assert carrying, f"{identifier} is done, and no test carries its id"
        else:
            assert re.match(r"(refused|not yet).{10,}", here), f"{identifier} needs a reason"


def test_the_counts_at_the_top_are_right() -> None:
    found = rows()
    counts = Counter(state(here) for _, here, _ in found)
    line = f"**{len(found)} ids: " + ", ".join(f"{counts[name]} {name}" for name in STATES) + ".**"
    assert line in PAGE
    assert set(counts) <= set(STATES)
