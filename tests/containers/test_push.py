"""The image that ran here is the one in the registry, to the bit."""

import os

import pytest

from facepipe.ship.images import Build
from facepipe.ship.push import PushRequest, push, revision
from facepipe.ship.refusals import NAMES
from tests.acceptance.compose import ComposePipeline
from tests.acceptance.pipelines import PATHS
from tests.ship.registry import a_registry, config_of


def test_the_registry_holds_the_very_images_that_the_containers_run(containers: ComposePipeline) -> None:
    """By their config digests. Every refusal is overruled: a working tree is dirty, and its model may be another."""
    order = Build(PATHS.root, revision(PATHS.root), tag=os.environ.get("FACEPIPE_TAG", "latest"))
    with a_registry() as registry:
        pushed = push(
            PushRequest(order, f"{registry}/facepipe", NAMES, rebuild=False),
            lambda: pytest.fail("no AWS"),
            lambda _: None,
        )
        assert {image.function: image.config_digest for image in pushed} == containers.images()
        assert {image.function: config_of(image.uri) for image in pushed} == containers.images()
