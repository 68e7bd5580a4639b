"""Peers that need an image from a registry. Where it cannot be had, the table says so, with the registry's words."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from facepipe.bench.peers.measured_peer import QUEUES, TRIGGERS, URLS, PeerUnavailableError, RunningPeer
from facepipe.bench.peers.measured_project import MeasuredProject
from facepipe.elasticmq import docker_answers

PULL_S = 60.0


@dataclass(frozen=True, slots=True)
class ImagePeer:
    """A peer that is known by its image. It is not measured yet where the image can be had."""

    name: str
    image: str
    needs: str  #: what the image is for
    offers: frozenset[str] = frozenset((URLS, TRIGGERS, QUEUES))

    def prepare(self) -> str:
        """Look for the image. Raises `PeerUnavailableError` in any case."""
        if not docker_answers():
            raise PeerUnavailableError(f"{self.needs}, and no Docker engine answers")
        if not _has(self.image):
            raise PeerUnavailableError(f"{self.needs}; {_pull_error(self.image)}")
        raise PeerUnavailableError(f"{self.needs}, which is here, but this command cannot measure it yet")

    @contextlib.contextmanager
    def running(self, project: MeasuredProject, folder: Path) -> Iterator[RunningPeer]:  # noqa: ARG002
        """Raise `PeerUnavailableError`."""
        raise PeerUnavailableError(self.needs)
        yield RunningPeer(self.name)  # makes it a generator


def _has(image: str) -> bool:
    found = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False)
    return found.returncode == 0


def _pull_error(image: str) -> str:
    """Return why an image cannot be had. It is not pulled: its description is enough to know."""
    command = ["docker", "manifest", "inspect", image]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PULL_S)
    except subprocess.TimeoutExpired:
        return f"the registry of {image} did not answer within {PULL_S:g} s"
    if done.returncode == 0:
        return f"{image} is not here: `docker pull {image}`"
    lines = done.stderr.strip().splitlines() or ["no message"]
    return f"{image} cannot be had here: {lines[-1]}"
