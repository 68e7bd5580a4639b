"""Models are built for the tests that use them, once a run."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.built_models import ORDER, build_once, build_where_used, uses_models


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The commands that were run instead of `facepipe models`."""
    made: list[object] = []
    run: Callable[..., None] = lambda command, **_: made.append(command)  # noqa: E731  # of the shape of subprocess.run
    monkeypatch.setattr(subprocess, "run", run)
    return made


def test_a_test_says_by_its_fixtures_that_it_uses_models(request: pytest.FixtureRequest, root: Path) -> None:
    assert not uses_models(request.node)


def test_this_one_uses_them(request: pytest.FixtureRequest, models_dir: Path) -> None:
    assert uses_models(request.node)


@pytest.mark.models
def test_and_this_one(request: pytest.FixtureRequest) -> None:
    assert uses_models(request.node)


def test_processes_of_one_run_build_once(builds: list[object], tmp_path: Path) -> None:
    for run in ("monday", "monday", "tuesday", "", ""):
        build_once(tmp_path / "last", run)
    assert len(builds) == 4, "one without a name builds each time"


def test_nothing_is_built_where_no_test_uses_models(
    builds: list[object], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv(ORDER, "yes")
    build_where_used([request.node])
    monkeypatch.delenv(ORDER)
    build_where_used([request.node])
    assert builds == []
