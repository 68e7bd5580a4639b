"""A real registry, moto as AWS, and a small project whose images are built in a second."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from emulator.free_ports import free_ports
from facepipe.ship import accepted
from facepipe.ship.aws import Account
from facepipe.ship.delivery import Pushed
from facepipe.ship.images import FUNCTIONS, Build, build, look_at
from facepipe.ship.push import PushRequest, push, revision
from tests.ship.registry import a_registry, wait_for

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
TAG = "ship-test"
DOCKERFILE = """
FROM debian:trixie-slim AS base
ARG REVISION=unknown
ARG MODEL=
LABEL org.opencontainers.image.revision="${REVISION}" model="${MODEL}"
COPY manifest.json /opt/facepipe/models/manifest.json
FROM base AS face-detection
CMD ["detection"]
FROM base AS face-recognition
CMD ["recognition"]
"""


@pytest.fixture(scope="session")
def registry(docker_engine: None) -> Iterator[str]:
    """HOST:PORT of an empty registry."""
    with a_registry() as address:
        yield address


@dataclass(frozen=True)
class Project:
    """A checkout with images of its own."""

    root: Path

    def order(self, registry: str = "", *allowed: str, **changes: Any) -> PushRequest:
        kind = Build(self.root, revision(self.root), tag=TAG, **changes)
        return PushRequest(kind, registry, frozenset(allowed))

    def accept(self) -> None:
        """Do what the container acceptance suite does when all of it has passed."""
        build(self.order().build)
        images = {function: look_at(function, TAG).digest for function in FUNCTIONS}
        accepted.record(self.root / accepted.PLACE, accepted.Acceptance(images, 1, 0))

    def commit(self) -> None:
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run([*git, "add", "-A"], cwd=self.root, check=True)
        subprocess.run([*git, "commit", "-q", "-m", "a change"], cwd=self.root, check=True)

    def push(self, order: PushRequest, account: Callable[[], Account] = lambda: pytest.fail("no AWS")) -> list[Pushed]:
        return push(order, account, lambda _: None)


@pytest.fixture
def project(docker_engine: None, tmp_path: Path) -> Iterator[Project]:
    root = tmp_path / "project"
    (root / "images").mkdir(parents=True)
    (root / "var").mkdir()
    (root / "images/Dockerfile").write_text(DOCKERFILE)
    (root / ".gitignore").write_text("var/\n")
    (root / "manifest.json").write_text(json.dumps({"model_id": "vggface2", "made": str(tmp_path)}))
    shutil.copy(ROOT / "template.yaml", root)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    made = Project(root)
    made.commit()
    yield made
    for function in FUNCTIONS:
        subprocess.run(["docker", "rmi", f"facepipe/{function}:{TAG}"], capture_output=True, check=False)


@dataclass(frozen=True)
class Moto:
    """AWS as moto plays it."""

    url: str

    def client(self, service: str, **changes: str) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", **changes}
        return boto3.client(service, endpoint_url=self.url, region_name="us-east-1", **keys)


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    port = free_ports().url
    log = (tmp_path_factory.mktemp("moto") / "moto.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)],
        env={**os.environ, **KEYS, "MOTO_LAMBDA_STUB_ECR": "true"},
        stdout=log,
        stderr=log,
    )
    wait_for(f"http://127.0.0.1:{port}/moto-api/data.json")
    yield Moto(f"http://127.0.0.1:{port}")
    process.terminate()
    process.wait()
    log.close()


@pytest.fixture
def moto(moto_server: Moto, monkeypatch: pytest.MonkeyPatch) -> Moto:
    """An empty account, and the variables with which everything finds it."""
    httpx.post(f"{moto_server.url}/moto-api/reset", timeout=60).raise_for_status()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": moto_server.url}.items():
        monkeypatch.setenv(name, value)
    return moto_server
