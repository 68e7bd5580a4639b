"""Programs that have queues and run no functions here: ElasticMQ, and moto's server."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from emulator.free_ports import free_ports
from facepipe.bench.peers.measured_peer import QUEUES, PeerUnavailableError, RunningPeer, process_of
from facepipe.bench.peers.measured_project import MeasuredProject
from facepipe.bench.peers.ministack_peer import wait_for_port
from facepipe.bench.peers.own_environments import python_environment
from facepipe.elasticmq import IMAGE, ElasticMqError, docker_answers, elasticmq

MOTO = "5.2.5"


@dataclass(frozen=True, slots=True)
class ElasticMqPeer:
    """ElasticMQ in a container, in memory."""

    name: str = "elasticmq"
    offers: frozenset[str] = frozenset((QUEUES,))
    lacks: str = "it runs no functions"

    def prepare(self) -> str:
        """Return the version of the image."""
        if not docker_answers():
            raise PeerUnavailableError("it needs Docker, and no Docker engine answers")
        return IMAGE.rpartition(":")[2]

    @contextlib.contextmanager
    def running(self, project: MeasuredProject, folder: Path) -> Iterator[RunningPeer]:  # noqa: ARG002
        """Run it without the project's functions."""
        try:
            with elasticmq(free_ports().sqs) as endpoint:
                yield RunningPeer(self.name, endpoint, queue_pid=container_pid(endpoint))
        except ElasticMqError as error:
            raise PeerUnavailableError(str(error)) from error


@dataclass(frozen=True, slots=True)
class MotoPeer:
    """moto's server. It runs functions in images of AWS or of mlupin, which it pulls from a registry."""

    environments: Path
    name: str = "moto"
    offers: frozenset[str] = frozenset((QUEUES,))
    lacks: str = "it runs functions in images that only a registry has"

    @property
    def place(self) -> Path:
        """Return the folder of its environment."""
        return self.environments / f"moto-{MOTO}"

    def prepare(self) -> str:
        """Install it."""
        python_environment(self.place, [f"moto[server,sqs]=={MOTO}"])
        return MOTO

    @contextlib.contextmanager
    def running(self, project: MeasuredProject, folder: Path) -> Iterator[RunningPeer]:  # noqa: ARG002
        """Run it without the project's functions."""
        port = free_ports().sqs
        command = [str(self.place / "bin/moto_server"), "-H", "127.0.0.1", "-p", str(port)]
        with process_of(command, folder / "log") as process:
            wait_for_port(port, process)
            yield RunningPeer(self.name, f"http://127.0.0.1:{port}", queue_pid=process.pid)


def container_pid(endpoint: str) -> int:
    """Return the process of the container that publishes this endpoint's port; 0 if it cannot be seen from here."""
    port = urlsplit(endpoint).port
    listed = ["docker", "ps", "--quiet", "--filter", f"publish={port}"]
    found = subprocess.run(listed, capture_output=True, text=True, check=False).stdout.split()
    if not found:
        return 0
    asked = ["docker", "inspect", "--format", "{{.State.Pid}}", found[0]]
    pid = int(subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or 0)
    return pid if Path(f"/proc/{pid}/stat").exists() else 0
