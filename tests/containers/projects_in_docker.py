"""Other people's projects with `facepipe up --docker`, and what Docker has of them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import docker
from docker.models.containers import Container
from docker.models.networks import Network

from emulator.containers.run_labels import FUNCTION, PROCESS
from emulator.free_ports import free_ports
from emulator.setting import as_arguments
from emulator.settings import Ports
from facepipe.client.endpoints import Endpoints, sqs_client
from facepipe.paths import Paths

BASE = "facepipe-test/lambda-python"
WAIT_S = 240.0  #: images may be built meanwhile


def build_base_image() -> None:
    """Build what stands in for AWS's base image; its stages are those of the application's images."""
    command = ["docker", "build", "--quiet", "--target", "lambda-python", "--file", "images/Dockerfile", "--tag", BASE]
    environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
    built = subprocess.run(
        [*command, "."], cwd=Paths().root, env=environment, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr[-2000:]


@dataclass
class Project:
    """A running `facepipe up --docker`."""

    process: subprocess.Popen[bytes]
    ports: Ports
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.url}/"

    @cached_property
    def sqs(self):
        return sqs_client(Endpoints(self.url, f"http://127.0.0.1:{self.ports.sqs}"))

    @cached_property
    def docker(self) -> "docker.DockerClient":
        return docker.from_env()

    def queue(self, name: str) -> str:
        return self.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def said(self) -> str:
        return self.log.read_text()

    def containers(self, function: str = "") -> list[Container]:
        found = self.docker.containers.list(all=True, filters={"label": PROCESS}, ignore_removed=True)
        return [one for one in found if self._is_ours(one.labels) and function in ("", one.labels[FUNCTION])]

    def networks(self) -> list[Network]:
        found = self.docker.networks.list(filters={"label": PROCESS})
        return [one for one in found if self._is_ours(one.attrs["Labels"])]

    def _is_ours(self, labels: dict[str, str]) -> bool:
        return labels[PROCESS].startswith(f"{self.process.pid}:")

    def is_gone(self) -> bool:
        return not self.containers() and not self.networks()


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + WAIT_S
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@contextlib.contextmanager
def up_in_docker(folder: Path, log: Path, arguments: Sequence[str] = (), **variables: str) -> Iterator[Project]:
    """Run a project while the block lasts; it is ready, unless it has ended at once."""
    ports = free_ports()
    command = [sys.executable, "-P", "-m", "facepipe", "up", str(folder), "--docker", *as_arguments(ports)]
    command += ["--queues", "memory", "--no-journal", "--base-image", f"public.ecr.aws/lambda/python:*={BASE}"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FACEPIPE_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *arguments],
            env={**clean, **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    project = Project(process, ports, log)
    try:
        eventually(lambda: "\nready\n" in project.said() or process.poll() is not None)
        yield project
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(WAIT_S)
        process.kill()
        process.wait()
        project.docker.close()
