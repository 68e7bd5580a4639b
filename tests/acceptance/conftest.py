"""One pipeline for all tests that do not break it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.photos import photo
from tests.acceptance.pipelines import Pipeline, native


@pytest.fixture(scope="session", params=["native", "containers", "containers with facenet-pytorch"])
def pipeline(
    request: pytest.FixtureRequest, models_dir: Path, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    """Every kind of pipeline in turn: the same tests hold for each."""
    if request.param != "native":
        from tests.acceptance.compose import in_containers, require_docker

        require_docker()
        original = "facenet" in request.param
        with in_containers(
            recognition=1 if original else 3, engine=("onnxruntime", "facenet-pytorch")[original]
        ) as running:
            assert_it_answers(running, samples)
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
