"""Containers as environments, with a Docker that a test plays."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError

from emulator.containers import container_runner
from emulator.containers.container_arguments import FunctionNetwork, Machine
from emulator.containers.container_image import ContainerImage, ContainersError
from emulator.containers.container_runner import ContainerRunner
from emulator.containers.container_settings import Containers
from emulator.containers.image_pythons import problem
from emulator.containers.supervisor_archive import make_tools
from emulator.link.tokens import Tokens
from emulator.resources import Function
from emulator.supervisor import __main__ as supervisor

FUNCTION = Function("F", "f", "image", (), 3, 128, 512)
IMAGE = ContainerImage("sha256:1", "image", ("run",))


class Docker:
    """An engine with one container; `code` is how it ends."""

    def __init__(self, code: int, error: Exception | None = None) -> None:
        self.code, self.error, self.id = code, error, "c1"
        self.made: dict[str, Any] = {}
        self.attrs: dict[str, Any] = {"State": {"Pid": 4711}}
        self.connected: list[str] = []

    @property
    def containers(self) -> "Docker":
        return self

    networks = containers

    def create(self, **arguments: Any) -> "Docker":
        if self.error:
            raise self.error
        self.made = arguments
        return self

    def get(self, name: str) -> "Docker":
        self.connected.append(name)
        return self

    def connect(self, _: "Docker") -> None: ...

    def start(self) -> None: ...

    def reload(self) -> None: ...

    async def of(self, _: str) -> Any:
        return self.code


class Answer:
    def __init__(self, value: object) -> None:
        self.value = value

    async def of(self, _: str) -> Any:
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def stand_in(value: object) -> Any:
    return value


def runner(docker: Docker, network: object = FunctionNetwork("net", "172.20.0.1"), out: str = "") -> ContainerRunner:
    containers = Containers(lambda _: IMAGE, Path("/tools"), network=out)
    machine = Machine(Path("/tools"), 9002, 2)
    engine, images, networks = (stand_in(one) for one in (docker, Answer(IMAGE), Answer(network)))
    return ContainerRunner(engine, containers, machine, Tokens(), images, networks, engine, watcher=stand_in(None))


def ended(docker: Docker, **more: Any) -> str:
    async def scenario() -> str:
        return await runner(docker, **more).run(FUNCTION)

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("code", "word"),
    [(137, "memory"), (3, "firewall"), (4, "refused"), (1, "ended with exit code 1"), (-1, "Docker engine")],
)
def test_how_a_container_ended_is_told_in_words(code: int, word: str) -> None:
    assert word in ended(Docker(code))


def test_one_that_the_emulator_ended_is_no_failure() -> None:
    assert ended(Docker(0)) == ""


def test_what_docker_refuses_is_told_and_ends_nothing() -> None:
    refused = APIError("x", explanation="Minimum memory limit allowed is 6MB")
    assert ended(Docker(0, refused)) == "could not be started (Minimum memory limit allowed is 6MB)"
    assert ended(Docker(0), network=ContainersError("no addresses")) == "could not be started (no addresses)"


def test_its_labels_say_whose_it_is_and_a_way_out_is_a_further_network() -> None:
    docker = Docker(0)
    ended(docker)
    assert docker.made["labels"]["facepipe.function"] == "f"
    assert docker.connected == []
    ended(docker, out="bridge")
    assert docker.connected == ["bridge"]


def test_the_supervisors_exit_codes_are_those_that_are_told() -> None:
    assert (supervisor.UNREACHABLE, supervisor.REFUSED) == (container_runner.UNREACHABLE, container_runner.REFUSED)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('exec: "python3": executable file not found in $PATH: unknown', "has no python3 on its PATH"),
        (
            "ModuleNotFoundError: No module named 'asyncio'",
            "cannot run the supervisor (ModuleNotFoundError: No module named 'asyncio')",
        ),
        ("exec /usr/bin/python3: exec format error", "is for another architecture"),
        ("permission denied", "that the user 993:990 cannot run (permission denied)"),
    ],
)
def test_why_environments_cannot_run_in_an_image_is_told_with_the_cure(words: str, told: str) -> None:
    assert told in str(problem(words))


def test_the_archive_is_the_supervisor_and_is_made_once(tmp_path: Path) -> None:
    tools = make_tools(tmp_path / "docker", tmp_path / "no-rie")
    assert make_tools(tmp_path / "docker", tmp_path / "no-rie") == tools
    assert [file.name for file in tools.iterdir()] == ["supervisor.pyz"]
    archive = tools / "supervisor.pyz"
    assert archive.stat().st_mode & 0o777 == 0o644
    assert tools.stat().st_mode & 0o777 == 0o755
    command = [sys.executable, str(archive), "--function", "f", "--emulator", "127.0.0.1:1", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "--once" in told.stdout
    (tmp_path / "rie").write_bytes(b"rie")
    assert (make_tools(tmp_path / "docker", tmp_path / "rie") / "aws-lambda-rie").stat().st_mode & 0o777 == 0o755
