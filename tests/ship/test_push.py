"""Pushing to a real registry: what arrives is what passed here, and a broken connection is no reason to begin again."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from facepipe.ship import delivery
from facepipe.ship import push as pushing
from facepipe.ship.images import FUNCTIONS, look_at
from facepipe.ship.manifests import fetch
from facepipe.ship.problems import ShipError
from facepipe.ship.push import changed_files, revision
from tests.ship.conftest import TAG, Project
from tests.ship.registry import config_of


def test_the_images_that_passed_arrive_and_are_named_by_their_digests(project: Project, registry: str) -> None:
    project.accept()
    accepted = {function: look_at(function, TAG).digest for function in FUNCTIONS}
    images = project.push(project.order(f"{registry}/one"))
    assert {image.function: image.config_digest for image in images} == accepted
    for image in images:
        assert image.uri.startswith(f"{registry}/one/{image.function}@sha256:")
        assert image.tag == revision(project.root)
        manifest = fetch(image.uri)
        assert manifest
        assert manifest.config_digest == accepted[image.function]
        assert manifest.digest == image.uri.split("@")[1]


def test_a_manifest_is_of_one_platform_and_without_attestations(project: Project, registry: str) -> None:
    project.accept()
    (image, _) = project.push(project.order(f"{registry}/single"))
    name, digest = image.uri.removeprefix(registry).split("@")
    answer = httpx.get(
        f"http://{registry}/v2{name}/manifests/{digest}",
        headers={"accept": "*/*, application/vnd.docker.distribution.manifest.v2+json"},
    )
    assert answer.json()["mediaType"] in (
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
    )


def test_a_second_push_finds_everything_there(project: Project, registry: str) -> None:
    project.accept()
    first = project.push(project.order(f"{registry}/twice"))
    assert project.push(project.order(f"{registry}/twice")) == first


def test_what_did_not_pass_or_is_not_committed_is_refused_and_nothing_is_pushed(
    project: Project, registry: str
) -> None:
    (project.root / "new.txt").write_text("x")
    with pytest.raises(ShipError) as error:
        project.push(project.order(f"{registry}/refused"))
    assert "new.txt is not committed" in str(error.value)
    assert "--allow dirty-tree --allow not-accepted" in str(error.value)
    assert fetch(f"{registry}/refused/face-detection:{revision(project.root)}") is None


def test_a_dirty_trees_images_are_tagged_as_such(project: Project, registry: str) -> None:
    (project.root / "new.txt").write_text("x")
    assert changed_files(project.root) == ["new.txt"]
    (image, _) = project.push(project.order(f"{registry}/dirty", "dirty-tree", "not-accepted"))
    assert image.tag == f"{revision(project.root)}-{image.config_digest.removeprefix('sha256:')[:8]}"


def test_another_model_is_refused(project: Project, registry: str) -> None:
    (project.root / "manifest.json").write_text(json.dumps({"model_id": "casia-webface"}))
    project.commit()
    project.accept()
    with pytest.raises(ShipError, match="holds the model casia-webface, not vggface2"):
        project.push(project.order(f"{registry}/model"))


def test_an_image_of_another_architecture_than_the_templates_is_refused(project: Project, registry: str) -> None:
    project.accept()
    order = project.order(f"{registry}/arch", architecture="arm64")
    with pytest.raises(ShipError, match=r"is for x86_64, the template for arm64"):
        project.push(replace(order, rebuild=False))


def test_a_tag_that_is_another_images_is_not_overwritten(project: Project, registry: str) -> None:
    project.accept()
    project.push(project.order(f"{registry}/taken"))
    other = project.order(f"{registry}/taken", "not-accepted", model="vggface2")
    with pytest.raises(ShipError, match="the tag is another image's"):
        project.push(other)


def test_a_missing_image_and_a_registry_that_is_not_there_are_named(project: Project) -> None:
    with pytest.raises(ShipError, match="there is no image"):
        look_at("face-detection", "never-built")
    project.accept()
    with pytest.raises(ShipError, match="connection refused"):
        project.push(project.order("127.0.0.1:9/nowhere"))


def test_a_full_disk_is_one_clear_line(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that is full for certain: /dev/full, through a docker that says what Docker says then."""
    fake = tmp_path / "bin/docker"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'ERROR: write /var/lib/docker/x: no space left on device' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    with pytest.raises(ShipError, match="the disk is full: `docker system df`"):
        project.push(project.order("127.0.0.1:9/x"))


class Cutting:
    """A way to a registry that breaks every connection after some bytes, until it is repaired."""

    def __init__(self, registry: str) -> None:
        self.target = registry.split(":")
        self.broken = True
        self.cuts = 0
        self.ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, daemon=True).start()
        self.ready.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()
        server.close()
        self.loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(*self.target)
        await asyncio.gather(self._copy(reader, forth, limit=1_000_000), self._copy(back, writer, limit=1 << 40))
        for end in (writer, forth):
            end.close()

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, limit: int) -> None:
        passed = 0
        try:
            while data := await source.read(65_536):
                passed += len(data)
                if self.broken and passed > limit:
                    self.cuts += 1
                    target.transport.abort()
                    return
                target.write(data)
                await target.drain()
            target.close()
        except OSError:
            target.transport.abort()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)


@pytest.fixture
def cutting(registry: str) -> Iterator[Cutting]:
    way = Cutting(registry)
    yield way
    way.close()


def test_a_broken_connection_is_resumed(project: Project, cutting: Cutting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each connection breaks after 1 MB, until the first push has given up: Docker itself tries for over a minute."""
    monkeypatch.setattr(delivery, "PAUSES_S", (0.0, 0.0, 0.0))
    project.accept()
    told: list[str] = []

    def say(line: str) -> None:
        told.append(line)
        if "again in" in line:
            cutting.broken = False

    order = project.order(f"127.0.0.1:{cutting.port}/broken")
    images = pushing.push(order, lambda: pytest.fail("no AWS"), say)
    assert cutting.cuts
    assert any("without the layers that have arrived" in line for line in told)
    assert [config_of(image.uri) for image in images] == [image.config_digest for image in images]
