"""The pipeline in containers, for the acceptance tests: a compose project of its own, with ports of its own."""

import contextlib
import functools
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
import httpx
from botocore.exceptions import BotoCoreError, ClientError

from emulator.free_ports import free_ports
from facepipe.client.endpoints import Endpoints, sqs_client
from facepipe.ship.images import FUNCTIONS, Build, build
from facepipe.ship.push import revision
from tests.acceptance.pipelines import PARAMETERS, PATHS, PATIENT, Pipeline

PROJECT = os.environ.get("FACEPIPE_TEST_PROJECT", "facepipe-test")  #: another name for a second run beside the first
TAG = os.environ.get("FACEPIPE_TAG", "latest")  #: of the images


@dataclass(frozen=True)
class ComposePipeline(Pipeline):
    """A pipeline of containers."""

    environment: Mapping[str, str]

    def compose(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return compose(self.environment, *arguments, check=check)

    def containers(self, service: str) -> list["docker.models.containers.Container"]:
        labels = [f"com.docker.compose.project={PROJECT}", f"com.docker.compose.service={service}"]
        return docker.from_env().containers.list(filters={"label": labels})

    def is_ready(self) -> bool:
        """Whether every function's containers are ready environments, and the queue server answers."""
        with contextlib.suppress(httpx.HTTPError, BotoCoreError, ClientError):
            functions = httpx.get(self.health).json()["functions"]
            counts = {name: len(self.containers(name)) for name in FUNCTIONS}
            self.sqs.list_queues()
            return {name: functions[name]["ready"] for name in FUNCTIONS} == counts
        return False

    def wait_until_ready(self) -> None:
        """Wait until nothing is left of what a test before has killed, restarted or paused."""
        assert self.eventually(self.is_ready, seconds=180), self.compose("ps", "--all").stdout

    def images(self) -> dict[str, str]:
        """Config digests of the images that the functions run in."""
        return {name: self.containers(name)[0].attrs["Image"] for name in FUNCTIONS}


def compose(environment: Mapping[str, str], *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = ["docker", "compose", "--project-name", PROJECT, *arguments]
    result = subprocess.run(
        command, cwd=PATHS.root, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert not check or result.returncode == 0, result.stderr[-2000:]
    return result


@functools.cache  # once a run
def build_images() -> None:
    """Build the functions as `facepipe push` does, because what passes is to be pushed to the bit; and what runs beside them."""
    model = os.environ.get("FACEPIPE_MODEL", "")
    build(Build(PATHS.root, revision(PATHS.root), model=model, tag=TAG))
    compose({"FACEPIPE_TAG": TAG}, "--profile", "tools", "build", "prepare", "emulator", "enrol")


@contextlib.contextmanager
def in_containers(*, recognition: int = 1, runtime: str = "rie", patient: bool = False) -> Iterator[ComposePipeline]:
    """Run the pipeline through compose, from empty volumes, and remove everything afterwards."""
    ports = free_ports()
    parameters = {**PARAMETERS, **(PATIENT if patient else {})}
    environment = {
        "FACEPIPE_URL_PORT": str(ports.url),
        "FACEPIPE_API_PORT": str(ports.api),
        "FACEPIPE_SQS_PORT": str(ports.sqs),
        "FACEPIPE_PARAMETERS": ";".join(f"{name}={value}" for name, value in parameters.items()),
        "FACEPIPE_RUNTIME": runtime,
        "FACEPIPE_TAG": TAG,
    }
    local = "http://127.0.0.1"
    endpoints = Endpoints(f"{local}:{ports.url}/", f"{local}:{ports.sqs}", api=f"{local}:{ports.api}")

    def enrol(people: Path) -> None:
        compose(environment, "run", "--rm", "--volume", f"{people}:/people:ro", "enrol", "/people")

    compose(environment, "down", "--volumes", "--remove-orphans")
    try:
        build_images()
        compose(environment, "up", "--wait", "--scale", f"face-recognition={recognition}")
        yield ComposePipeline(
            endpoints, f"http://127.0.0.1:{ports.api}/health", sqs_client(endpoints), enrol, environment
        )
    finally:
        compose(environment, "--profile", "tools", "down", "--volumes", "--timeout", "3", check=False)
