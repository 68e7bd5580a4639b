"""Fixtures that several suites share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
settings.register_profile("no timing", deadline=None)  # a test fails for what happens, not for how long it takes
settings.load_profile("no timing")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The built models; `scripts/test` builds them."""
    folder = ROOT / "var/models"
    if not (folder / "manifest.json").exists():
        pytest.skip("no models in var/models: run scripts/models")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    folder = ROOT / "var/samples"
    if not (folder / "astronaut.png").exists():
        pytest.skip("no sample portraits in var/samples: run scripts/models")
    return folder


@pytest.fixture(scope="session")
def photos() -> Path:
    """Licensed photos of real people, which are not in the repository: beside it, or where FACEPIPE_PHOTOS says."""
    folder = Path(os.environ.get("FACEPIPE_PHOTOS", ROOT.parent / "shared/photos"))
    if not (folder / "obama").is_dir():
        pytest.skip(f"no licensed photos in {folder.name}/: set FACEPIPE_PHOTOS to a folder that has them")
    return folder


FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def record_figure(request: pytest.FixtureRequest):
    """Say a measured figure at the end of the run."""
    lines = request.config.stash.setdefault(FIGURES, [])
    return lines.append


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    lines = config.stash.get(FIGURES, [])
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.line(line)
