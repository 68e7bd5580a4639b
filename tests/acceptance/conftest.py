"""One pipeline for all tests that do not break it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from facepipe.client.photos import photo
from facepipe.client.sketch import camera_like_frames
from facepipe.paths import Paths
from facepipe.ship import accepted
from tests.acceptance.deployed import on_aws
from tests.acceptance.kinds import CONTAINERS, STACK, kinds_of
from tests.acceptance.pipelines import Pipeline, native
from tests.acceptance.poison import Poisoned, poison
from tests.acceptance.record import SuiteRun
from tests.docker_engine import require_docker

RUN = pytest.StashKey[SuiteRun]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "pipeline" in metafunc.fixturenames:
        metafunc.parametrize("pipeline", kinds_of(metafunc.definition), indirect=True, scope="session")


@pytest.fixture(scope="session")
def pipeline(
    request: pytest.FixtureRequest, models_dir: Path, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    """The pipelines of `kinds` in turn: the same tests hold for each."""
    if request.param == STACK:
        running = on_aws(os.environ["FACEPIPE_STACK"], tmp_path_factory.mktemp("stack"))
        assert_it_answers(running, samples)
        yield running
        return
    if request.param == CONTAINERS:
        from tests.acceptance.compose import in_containers

        require_docker()
        with in_containers(recognition=3) as running:
            assert_it_answers(running, samples)
            suite_run(request.config).images = running.images()
            yield running
        return
    with native(tmp_path_factory.mktemp("native")) as running:
        assert_it_answers(running, samples)
        yield running


def assert_it_answers(running: Pipeline, samples: Path) -> None:
    """See that one photo gets through: where none does, every test would wait for its own time-out."""
    (row,) = running.send([photo(samples / "grace_hopper.jpg")])
    assert row.answer, row.problem


@pytest.fixture(scope="session")
def statesmen(pipeline: Pipeline, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The pipeline with obama and chirac enrolled from their photos 1, 2 and 4."""
    people = tmp_path_factory.mktemp("people")
    for name in ("obama", "chirac"):
        (people / name).mkdir()
        for number in (1, 2, 4):
            shutil.copy(photos / name / f"{number}.jpg", people / name)
    pipeline.enrol(people)
    return pipeline


@pytest.fixture
def clean(pipeline: Pipeline) -> Pipeline:
    """The pipeline with empty queues."""
    pipeline.clear()
    return pipeline


@pytest.fixture(scope="session")
def poisoned(pipeline: Pipeline, samples: Path) -> Poisoned:
    """What came of messages that no call can process, with good photos among them: one wait for all that ask."""
    return poison(pipeline, camera_like_frames(samples))


def in_containers(item: pytest.Item) -> bool:
    return getattr(getattr(item, "callspec", None), "params", {}).get("pipeline") == CONTAINERS


def suite_run(config: pytest.Config) -> SuiteRun:
    return config.stash.setdefault(RUN, SuiteRun())


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in filter(in_containers, items):
        suite_run(item.config).left_out = True


def pytest_collection_finish(session: pytest.Session) -> None:
    items = list(filter(in_containers, session.items))
    suite = [path for path in Path(__file__).parent.glob("test_*.py") if ": Pipeline" in path.read_text()]
    suite_run(session.config).expect([item.nodeid for item in items], {item.path for item in items}, suite)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    report = yield
    outcomes = suite_run(item.config).outcomes
    if item.nodeid in outcomes and (report.when == "call" or report.outcome != "passed"):
        outcomes[item.nodeid] = report.outcome
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Record that these images passed, for `facepipe push`."""
    acceptance = suite_run(session.config).acceptance()
    if acceptance:
        accepted.record(Paths().root / accepted.PLACE, acceptance)
