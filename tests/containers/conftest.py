"""One set of containers for the tests that look into them."""

from collections.abc import Iterator

import pytest

from tests.acceptance.compose import ComposePipeline, in_containers


@pytest.fixture(scope="module")
def containers(docker_engine: None) -> Iterator[ComposePipeline]:
    with in_containers(recognition=3) as running:
        yield running
