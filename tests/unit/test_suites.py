"""The table of suites, docs/suites.md and the folders are the same; a whole run leaves no test out and runs none twice."""

import re

import pytest

from tests.processes import conftest as processes
from tests.processes import test_on_both_engines as on_both_engines
from tests.suites import SUITES, Lane
from tests.whole_run import ROOT, stages

PAGE = ROOT / "docs/suites.md"


def test_every_folder_with_tests_is_a_suite() -> None:
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").glob("*/**/test_*.py")}
    assert folders == {suite.name for suite in SUITES}, "tests/suites.py lists them"


def test_the_page_describes_every_suite_once() -> None:
    described = re.findall(r"^\| `tests/(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(described) == sorted(suite.name for suite in SUITES)


def test_a_whole_run_has_every_suite_once_without_docker_and_once_with() -> None:
    parts = [part.arguments for stage in stages() for part in stage]
    without = [word for part in parts if "not docker" in part for word in part if word.startswith("tests/")]
    assert sorted(without) == sorted(suite.folder for suite in SUITES)
    for marks in ("docker and compose", "docker and not compose"):
        docker = [part for part in parts if marks in part]
        folders = [word for part in docker for word in part if word.startswith("tests/")]
        assert sorted(folders) == sorted(suite.folder for suite in SUITES if suite.docker)


@pytest.mark.parametrize("lane", Lane)
def test_no_lane_is_empty(lane: Lane) -> None:
    assert any(suite.lane is lane for suite in SUITES)


def test_the_names_of_tests_that_run_on_both_engines_or_fail_behind_rie_are_those_of_tests() -> None:
    """A test that gets another name would be left out in silence."""
    assert processes.ON_BOTH | set(processes.RIE_FALLS_SHORT) <= set(dir(on_both_engines))
