"""Images of functions for SAM: their code on what stands in for AWS's base image, built without a registry."""

import contextlib
import platform
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from facepipe.bench.peers.measured_peer import PeerUnavailableError
from facepipe.paths import Paths
from facepipe.ship.docker import docker
from facepipe.ship.problems import ShipError

BASE = "facepipe-peers/lambda-python"
#: SAM gives an image of its own, which it builds on a function's image, this tag
SAM_TAG = f"rapid-{'arm64' if platform.machine() in ('arm64', 'aarch64') else 'x86_64'}"
DOCKERFILE = f"FROM {BASE}\nCOPY *.py /var/task/\n"


def build_base_image() -> None:
    """Build the base image, as docs/your-project.md has it. Raises `PeerUnavailableError`."""
    root = Paths().root
    _build(["--target", "lambda-python", "--file", str(root / "images/Dockerfile"), "--tag", BASE, str(root)])


def build_functions_image(code: Path, image: str) -> None:
    """Build an image of all functions of a folder. Raises `PeerUnavailableError`."""
    (code / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    _build(["--tag", image, str(code)])


@contextlib.contextmanager
def own_name(image: str) -> Iterator[str]:
    """Give an image another name while the block lasts; then remove what runs under it, also what SAM forgot."""
    name = f"facepipe-peers-sam-{uuid.uuid4().hex[:8]}"
    try:
        docker("tag", image, name)
    except ShipError as error:
        raise PeerUnavailableError(str(error)) from error
    try:
        yield name
    finally:
        if containers := containers_of(name, docker("ps", "--all", "--format", "{{.ID}} {{.Image}}")):
            docker("rm", "--force", "--volumes", *containers)
        with contextlib.suppress(ShipError):  # it ended before it had built one
            docker("rmi", f"{name}:{SAM_TAG}")
        docker("rmi", name)


def containers_of(name: str, listed: str) -> list[str]:
    """Return the ids of the containers whose image has this name, whatever its tag; lines are `ID IMAGE`."""
    pairs = [line.split(maxsplit=1) for line in listed.splitlines()]
    return [pair[0] for pair in pairs if pair[1:] and pair[1].partition(":")[0] == name]


def _build(arguments: Sequence[str]) -> None:
    try:
        docker("build", "--quiet", *arguments, variables={"DOCKER_BUILDKIT": "1"})
    except ShipError as error:
        raise PeerUnavailableError(f"its image cannot be built: {error}") from error
