"""One set of containers for the tests that look into them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.compose import ComposePipeline, in_containers

HERE = Path(__file__).resolve().parent
#: files that share the containers, the one that stops them last; the other files come after these
SHARING = (
    "test_engines.py",  # first: it looks at the beginning of the log and at the peaks of memory
    "test_isolation.py",
    "test_console_in_containers.py",
    "test_people_in_containers.py",
    "test_push.py",
    "test_soak.py",
    "test_chaos.py",
    "test_stop.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what shares the containers first: another set of containers would end them, because they have one project."""
    ordered = iter(sorted((item for item in items if item.path.parent == HERE), key=turn))
    items[:] = [next(ordered) if item.path.parent == HERE else item for item in items]


def turn(item: pytest.Item) -> int:
    if "[runtime-api]" in item.name:  # containers of its own
        return len(SHARING)
    return SHARING.index(item.path.name) if item.path.name in SHARING else len(SHARING)


@pytest.fixture(scope="session")
def containers(docker_engine: None) -> Iterator[ComposePipeline]:
    with in_containers(recognition=3, patient=True) as running:
        yield running
