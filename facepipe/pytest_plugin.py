"""For the tests of any project: the fixture `pipeline`, one for the whole run (docs/testing.md)."""

# ruff: noqa: PLC0415  # pytest loads this at every start: what is heavy waits for a test that asks
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from facepipe.pipeline import Pipeline
    from facepipe.pipeline_choice import Suite

TEMPLATE_OPTION, UP_OPTIONS = "facepipe_template", "facepipe_options"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a pytest.ini or pyproject.toml."""
    parser.addini(
        TEMPLATE_OPTION, "What the fixture `pipeline` runs: a template, or `faces` for facepipe's own.", default=""
    )
    parser.addini(UP_OPTIONS, "Further options of `facepipe up` for the fixture `pipeline`.", "args", default=[])


@pytest.fixture(scope="session")
def pipeline(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Pipeline]":
    """Start, or find, the pipeline of this project: docs/testing.md has all that a test can do with it."""
    from facepipe.client.endpoints import EndpointError
    from facepipe.opened_pipeline import opened
    from facepipe.up_process import PipelineError

    try:
        with opened(_suite(request.config), os.environ, tmp_path_factory.mktemp("facepipe")) as found:
            yield found
    except (PipelineError, EndpointError) as error:
        pytest.fail(f"no pipeline for the tests: {error}", pytrace=False)


def _suite(config: pytest.Config) -> "Suite":
    from facepipe.pipeline_choice import Suite

    return Suite(config.rootpath, str(config.getini(TEMPLATE_OPTION)), config.getini(UP_OPTIONS))
