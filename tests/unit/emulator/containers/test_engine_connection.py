"""What is told when Docker does not answer."""

import pytest

from emulator.containers.container_image import ContainersError
from emulator.containers.engine_connection import _unreachable, connect


def test_a_docker_that_does_not_run_is_told_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(
        ContainersError, match=r"does not answer at unix:///nonexistent/docker.sock: install it, or star"
    ):
        connect()


def test_who_may_not_use_docker_is_told_so() -> None:
    words = "Error while fetching server API version: ('Connection aborted.', PermissionError(13, 'Permission denied'))"
    told = _unreachable("unix:///var/run/docker.sock", RuntimeError(words))
    assert told.startswith("you may not use Docker (unix:///var/run/docker.sock: permission denied): sudo usermod")


def test_other_errors_are_one_line() -> None:
    assert _unreachable("tcp://x:1", RuntimeError("a\nb")) == "Docker does not answer at tcp://x:1 (a b)"
