"""Builds the models before the first test, if scripts/test asks for it and one of the chosen tests uses them."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from facepipe.paths import Paths

ORDER = (
    "FACEPIPE_TESTS_BUILD_MODELS"  #: scripts/test sets it; without it, such tests are skipped where there are no models
)
FIXTURES = {"models_dir", "samples", "rie"}  #: what a test that uses the models asks for, or it is marked `models`


def uses_models(item: pytest.Item) -> bool:
    return bool(FIXTURES & set(getattr(item, "fixturenames", ()))) or item.get_closest_marker("models") is not None


def build_where_used(items: Iterable[pytest.Item]) -> None:
    """Run `facepipe models` once, however many processes of pytest-xdist come here."""
    if os.environ.get(ORDER) and any(uses_models(item) for item in items):
        place = Paths().var / "models-for-tests"
        place.parent.mkdir(exist_ok=True)
        build_once(place, os.environ.get("PYTEST_XDIST_TESTRUNUID", ""))


def build_once(place: Path, run: str) -> None:
    """Build, unless another process of the same run has just done so: `place` has the name of the last run."""
    with place.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        if run and file.read() == run:
            return
        command = [sys.executable, "-m", "facepipe", "models", "--keep-downloads"]  # the oracles read them as well
        subprocess.run(command, cwd=Paths().root, check=True)
        file.truncate(0)
        file.write(run)
