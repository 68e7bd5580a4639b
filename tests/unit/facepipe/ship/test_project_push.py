"""`facepipe push --template` from outside, with a docker command that only takes notes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.facepipe.ship.test_template_images import CLOUDFORMATION, SAM

STAND_IN = Path(__file__).with_name("docker_stand_in.py")


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the docker command keeps what it was told."""
    command = tmp_path / "bin/docker"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:/usr/bin:/bin")
    monkeypatch.setenv("DOCKER_STATE", str(tmp_path / "state.json"))
    monkeypatch.setenv("FACEPIPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FACEPIPE_CALLED_FROM", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state.json"


def facepipe(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "facepipe", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"})


def state(docker: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(docker.read_text())
    return content


def test_a_sam_projects_image_is_built_as_its_metadata_says_and_pushed_by_its_digest(
    docker: Path, tmp_path: Path
) -> None:
    project = tmp_path / "PhotoShop"
    (project / "app").mkdir(parents=True)
    (project / "app/Dockerfile").write_text("FROM scratch")
    (project / "template.yaml").write_text(SAM)
    result = facepipe("push", "--template", "PhotoShop", "--registry", "localhost:5000/me")
    assert result.returncode == 0, result.stderr
    (build,) = [call for call in state(docker)["calls"] if call[0] == "build"]
    assert build[build.index("--platform") + 1] == "linux/arm64"
    assert build[build.index("--build-arg") + 1] == "NET=small"
    assert build[-1] == str(project / "app")
    image = state(docker)["images"]["photo-shop/photo-taker:facepipe"]["id"]
    assert list(state(docker)["pushed"].values()) == [image]
    assert result.stdout.startswith("photo-taker  localhost:5000/me/photo-taker@sha256:")
    again = facepipe(
        "push", "--template", str(project / "template.yaml"), "--registry", "localhost:5000/me", "--no-build"
    )
    assert again.stdout == result.stdout
    assert "is there already" in again.stderr


def test_images_that_nobody_builds_are_named(docker: Path, tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text(json.dumps(CLOUDFORMATION))
    arguments = ("push", "--template", ".", "--registry", "localhost:5000/me")
    missing = facepipe(*arguments)
    assert missing.returncode == 2
    assert "there is no image shop:latest: give Take and Work Metadata with its Dockerfile" in missing.stderr
    assert "--image take=REFERENCE" in missing.stderr
    images = {"mine:1": {"id": "sha256:" + "1" * 64, "platform": "linux/amd64"}}
    docker.write_text(json.dumps({"images": images, "tags": {}, "pushed": {}, "calls": []}))
    named = facepipe(*arguments, "--image", "take=mine:1", "--image", "mail=mine:1")
    assert named.returncode == 2
    assert "mine:1 is for x86_64, the template for arm64" in named.stderr
    assert not state(docker)["pushed"]
    allowed = facepipe(*arguments, "--image", "take=mine:1", "--image", "mail=mine:1", "--allow", "architecture")
    assert allowed.returncode == 0, allowed.stderr
    assert len(state(docker)["pushed"]) == 2


MISTAKES = {
    "no such image": (["--image", "shop=x"], "template.json has no image shop; there are take, mail"),
    "half a name": (["--image", "shop"], "write it as NAME=IMAGE"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_pushes_nothing(docker: Path, tmp_path: Path, case: str) -> None:
    arguments, words = MISTAKES[case]
    (tmp_path / "template.json").write_text(json.dumps(CLOUDFORMATION))
    result = facepipe("push", "--template", ".", "--registry", "localhost:5000/me", *arguments)
    assert result.returncode == 2
    assert words in result.stderr
    assert not docker.exists()
