"""Fixtures that several suites share."""

import contextlib
import functools
import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from httpx._transports import default as httpx_transport
from hypothesis import settings

from tests.built_models import ORDER, build_where_used, uses_models
from tests.docker_engine import require_docker, uses_compose, uses_docker
from tests.processor_time import ProcessorTime
from tests.slow_tests import listed
from tests.suites import SUITES

ROOT = Path(__file__).resolve().parents[1]
IMAGES_S = 1200.0  #: until a test with Docker is ended: its time includes images that are built first
SUITES_WITH_DOCKER = {suite.name for suite in SUITES if suite.docker}
gc.disable()  # until all tests are collected: what is imported stays, and looking through it takes a tenth of that time
sys.dont_write_bytecode = False  # whatever the variable says: else half the time of collecting is compiling
settings.register_profile("no timing", deadline=None)  # a test fails for what happens, not for how long it takes
settings.register_profile("fast", deadline=None, max_examples=20)  # of scripts/test --fast
settings.load_profile("no timing")
# Each call of httpx.get and its like reads all certificates of the machine, which takes 35 ms: here once a process.
patch.object(httpx_transport, "create_ssl_context", functools.cache(httpx.create_ssl_context)).start()
# Its calls wait five seconds for an answer unless they say otherwise: a busy machine may take longer.
patch.multiple(DEFAULT_TIMEOUT_CONFIG, connect=60.0, read=60.0, write=60.0, pool=60.0).start()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(ProcessorTime())


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs Docker, which scripts/test runs in a process of its own, what needs models, and what is slow."""
    slow = listed()
    for item in items:
        if item.nodeid.partition("[")[0] in slow:
            item.add_marker("slow")
    for item in filter(uses_models, items):
        item.add_marker("models")
    for item in filter(uses_docker, items):
        item.add_marker("docker")
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(IMAGES_S))
        if uses_compose(item):
            item.add_marker("compose")
        suite = item.path.relative_to(ROOT / "tests").parts[0]
        if suite not in SUITES_WITH_DOCKER:
            raise pytest.UsageError(f"{item.nodeid} needs Docker: say so of {suite} in tests/suites.py")


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()
    gc.enable()
    build_where_used(session.items)


@pytest.fixture(scope="session")
def docker_engine() -> None:
    """Docker, which answers: what a test asks for that needs it."""
    require_docker()


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The built models; `scripts/test` builds them where a test asks for them, and with --sanitize others."""
    folder = Path(os.environ.get("FACEPIPE_TEST_MODELS", ROOT / "var/models"))
    if not (folder / "manifest.json").exists():
        pytest.skip("no models in var/models: run scripts/models")
    return folder


@pytest.fixture
def kernels_as_built(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds of models in this process take the kernels of the built models: to compile them takes half a minute."""

    @contextlib.contextmanager
    def copying(directory: Path, *_: object) -> Iterator[Callable[[], list[Path]]]:
        directory.mkdir(parents=True, exist_ok=True)
        yield lambda: [Path(shutil.copy(file, directory)) for file in sorted(models_dir.glob("kernels-*.so"))]

    monkeypatch.setattr("services.nets.building.build.compiling", copying)


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


@pytest.fixture(scope="session")
def rie() -> Path:
    """The Runtime Interface Emulator; `scripts/test` fetches it where a test asks for it."""
    file = ROOT / "var/rie/aws-lambda-rie"
    if os.environ.get(ORDER):
        from facepipe.paths import Paths
        from facepipe.present_models import prepare_rie

        prepare_rie(Paths(), print)
    if not file.exists():
        pytest.skip("no Runtime Interface Emulator in var/rie: run a test that needs it with scripts/test")
    return file


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
