"""For the tests of any project: the fixture `pipeline`, one for the whole run (docs/testing.md)."""

# ruff: noqa: PLC0415  # pytest loads this at every start: what is heavy waits for a test that asks
import os
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from facepipe.pipeline import Pipeline
    from facepipe.pipeline_choice import Suite

TEMPLATE_OPTION, UP_OPTIONS = "facepipe_template", "facepipe_options"
FUNCTION_OPTION, RESPONSE_QUEUE_OPTION = "facepipe_function", "facepipe_response_queue"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a pytest.ini or pyproject.toml."""
    parser.addini(
        TEMPLATE_OPTION, "What the fixture `pipeline` runs: a template, or `faces` for facepipe's own.", default=""
    )
    parser.addini(FUNCTION_OPTION, "Whose function URL takes photos, if several functions have one.", default="")
    parser.addini(RESPONSE_QUEUE_OPTION, "The queue to which results come, if it could be several.", default="")
    parser.addini(UP_OPTIONS, "Further options of `facepipe up` for the fixture `pipeline`.", "args", default=[])


@pytest.fixture(scope="session")
def pipeline(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Pipeline]":
    """Start, or find, the pipeline of this project: docs/testing.md has all that a test can do with it."""
    from facepipe.client.endpoints import EndpointError
    from facepipe.opened_pipeline import opened
    from facepipe.up_process import PipelineError

    try:
        folder, say = tmp_path_factory.mktemp("facepipe"), partial(_say, request.config)
        with opened(_suite(request.config), os.environ, folder, say=say) as found:
            yield found
    except (PipelineError, EndpointError) as error:
        raise pytest.fail.Exception(f"no pipeline for the tests: {error}", pytrace=False) from None


def _suite(config: pytest.Config) -> "Suite":
    from facepipe.pipeline_choice import Suite

    return Suite(
        config.rootpath,
        template=config.getini(TEMPLATE_OPTION),
        options=config.getini(UP_OPTIONS),
        function=config.getini(FUNCTION_OPTION),
        response_queue=config.getini(RESPONSE_QUEUE_OPTION),
    )


def _say(config: pytest.Config, line: str) -> None:
    """Tell the person at the terminal something, past pytest's capture; a worker of pytest-xdist has no terminal."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None or hasattr(config, "workerinput"):
        return
    with capture.global_and_fixture_disabled():
        config.get_terminal_writer().line(f"\n{line}")
