"""One pipeline for all tests that do not break it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from facepipe.client.photos import photo
from facepipe.paths import Paths
from facepipe.ship import accepted
from tests.acceptance.deployed import on_aws
from tests.acceptance.pipelines import Pipeline, native
from tests.acceptance.record import SuiteRun

#: FACEPIPE_STACK=name runs the suite against a deployed stack instead
KINDS = ["stack"] if os.environ.get("FACEPIPE_STACK") else ["native", "containers", "containers with facenet-pytorch"]
RUN = pytest.StashKey[SuiteRun]()


@pytest.fixture(scope="session", params=KINDS)
def pipeline(
    request: pytest.FixtureRequest, models_dir: Path, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    """Every kind of pipeline in turn: the same tests hold for each."""
    if request.param == "stack":
        running = on_aws(os.environ["FACEPIPE_STACK"], tmp_path_factory.mktemp("stack"))
        assert_it_answers(running, samples)
        yield running
        return
    if request.param != "native":
        from tests.acceptance.compose import in_containers, require_docker

        require_docker()
        original = "facenet" in request.param
        with in_containers(recognition=1 if original else 3, engine=("native", "facenet-pytorch")[original]) as running:
            assert_it_answers(running, samples)
            if request.param == "containers":
                suite_run(request.config).images = running.images()
            yield running
        return
    with native(tmp_path_factory.mktemp("native")) as running:
        assert_it_answers(running, samples)
        yield running


def assert_it_answers(running: Pipeline, samples: Path) -> None:
    """See that one photo gets through: where none does, every test would wait for its own time-out."""
    (row,) = running.send([photo(samples / "grace_hopper.jpg")], attempts=4)
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


def in_containers(item: pytest.Item) -> bool:
    return getattr(getattr(item, "callspec", None), "params", {}).get("pipeline") == "containers"


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
