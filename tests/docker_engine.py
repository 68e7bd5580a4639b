"""Which tests need Docker, and whether they are skipped or fail where it does not answer."""

import os

import docker
import pytest

FIXTURE = "docker_engine"
COMPOSE_FIXTURES = {"containers", "pipeline"}  #: of the one project of compose, so that its tests run one after another


def uses_docker(item: pytest.Item) -> bool:
    """Tell whether a test asks for Docker; a fixture of which one kind needs Docker marks this kind."""
    return FIXTURE in getattr(item, "fixturenames", ()) or item.get_closest_marker("docker") is not None


def uses_compose(item: pytest.Item) -> bool:
    """Tell whether a test that needs Docker uses the project of compose."""
    return bool(COMPOSE_FIXTURES & set(getattr(item, "fixturenames", ())))


def require_docker() -> None:
    """Skip at a desk without Docker; fail where CI is set."""
    try:
        docker.from_env().ping()
    except docker.errors.DockerException as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI is set, and Docker does not answer: {error}")
        pytest.skip(f"Docker does not answer ({type(error).__name__}): start it to run the container suite")
