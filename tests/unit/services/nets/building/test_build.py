"""The path of the first machine with internet: a checkpoint of vggface2's shape, served from localhost."""

import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from services.face_recognition.kernel_embedder import load_embedder
from services.nets.building.build import BuildError, build
from services.nets.building.fetch import FetchError, UnreachableError, WheelMember, download, fetch_member
from services.nets.building.inception import layers_from_checkpoint
from services.nets.building.sources import MTCNN, PublishedCheckpoint
from services.nets.building.weights import NetworkChoice, Weights, WeightsError
from services.nets.kernel_library import load_kernels
from services.nets.kernel_net import KernelNet
from services.nets.model_files import ModelError, read_manifest
from tests.golden.random_weights import random_crop, random_state
from tests.unit.services.nets.building.checkpoints import write_legacy

GOLDEN = Path(__file__).resolve().parents[4] / "golden"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "vggface2.pt"
    write_legacy(path, random_state())
    return path


class Server(ThreadingHTTPServer):
    """Serves one file; may break off half-way once, and notes the ranges it is asked for."""

    def __init__(self, content: bytes, *, break_off: bool = False) -> None:
        self.content, self.break_off, self.ranges = content, break_off, list[str | None]()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/vggface2.pt"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        body = self.server.content[start:]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.break_off:
            self.server.break_off = False
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[object]:
    servers: list[Server] = []

    def start(content: bytes, *, break_off: bool = False) -> Server:
        server = Server(content, break_off=break_off)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def order(server: Server, content: bytes) -> NetworkChoice:
    return NetworkChoice("vggface2", vggface2=PublishedCheckpoint(server.url, hashlib.sha256(content).hexdigest(), 1))


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """MTCNN's weights as `scripts/models` fetched them, so that nothing here needs the network."""
    source = Path(__file__).resolve().parents[5] / "var/downloads"
    if not all((source / f"{name}.pt").exists() for name in MTCNN):
        pytest.skip("MTCNN's weights are not in var/downloads: run scripts/models")
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name in MTCNN:
        (folder / f"{name}.pt").write_bytes((source / f"{name}.pt").read_bytes())
    return folder


@pytest.mark.models
def test_the_right_checkpoint_makes_a_model_that_embeds_and_a_second_call_does_nothing(
    checkpoint: Path, downloads: Path, tmp_path: Path, serve
) -> None:
    content = checkpoint.read_bytes()
    server = serve(content)
    manifest = build(tmp_path / "models", downloads, order=order(server, content), say=lambda _: None)
    assert manifest["model_id"] == read_manifest(tmp_path / "models").model_id == "vggface2"
    standing = read_manifest(tmp_path / "models").threshold(32)
    assert (standing.distance, standing.measured) == (0.99, False)
    assert "facepipe evaluate" in standing.basis, "nobody has measured vggface2's: the manifest says how"
    embedder = load_embedder(tmp_path / "models", threads=2)
    golden = json.loads((GOLDEN / "random-weights.json").read_text())["embedding"]
    assert np.linalg.norm(embedder.embed(random_crop()[None])[0] - np.array(golden)) < 1e-3
    server.shutdown()
    said: list[str] = []
    again = build(tmp_path / "models", downloads, order=NetworkChoice(), say=said.append)
    assert again == manifest
    assert said == []


@pytest.mark.usefixtures("kernels_as_built")
def test_what_another_version_built_is_built_anew_and_stays_the_same_model(
    checkpoint: Path, downloads: Path, tmp_path: Path, serve
) -> None:
    content = checkpoint.read_bytes()
    server = serve(content)
    models = tmp_path / "models"
    built = build(models, downloads, order=order(server, content), say=lambda _: None)
    other = {**built["files"], "embedder.onnx": {"sha256": "0" * 64}}
    older = {**built, "writer": "another version", "files": other}
    (models / "embedder.onnx").write_bytes(b"what this version does not write any more")
    (models / "manifest.json").write_text(json.dumps(older))
    (models / "pnet.plan").write_bytes(b"what it wrote")
    unordered = NetworkChoice(vggface2=order(server, content).vggface2)
    assert build(models, downloads, order=unordered, say=lambda _: None) == built
    assert (models / "pnet.plan").stat().st_size == built["files"]["pnet.plan"]["bytes"]
    assert not (models / "embedder.onnx").exists()


def test_the_compilers_work_while_weights_are_fetched_and_end_if_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler, begun, compilers = tmp_path / "compiler", tmp_path / "begun", list[str]()
    os.mkfifo(begun)
    compiler.write_text(f"#!/bin/sh\necho $$ >{begun}\nexec sleep 600\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))

    def find_weights(*_: object) -> Weights:
        compilers.append(begun.read_text().split()[0])  # waits for a compiler
        raise WeightsError("there are none")

    monkeypatch.setattr("services.nets.building.build.find_weights", find_weights)
    with pytest.raises(BuildError, match="there are none"):
        build(tmp_path / "models", tmp_path, order=NetworkChoice(), say=lambda _: None)
    assert not Path("/proc", compilers[0]).exists()


def test_models_from_a_users_own_file_are_not_replaced_by_published_ones(tmp_path: Path) -> None:
    older = {"writer": "another version", "model_id": "vggface2", "files": {}, "weights": {"origin": "file mine.pt"}}
    (tmp_path / "manifest.json").write_text(json.dumps(older))
    with pytest.raises(BuildError, match=r"file mine.pt .* --weights"):
        build(tmp_path, tmp_path, order=NetworkChoice(), say=lambda _: None)


@pytest.mark.models
@pytest.mark.parametrize("damaged", ["pnet.plan", "the kernels"])
def test_a_change_of_one_byte_of_what_the_kernels_run_is_found(models_dir: Path, tmp_path: Path, damaged: str) -> None:
    kernels = load_kernels(models_dir)
    for name in ("manifest.json", "pnet.plan", Path(kernels._name).name):
        (tmp_path / name).write_bytes((models_dir / name).read_bytes())
    name = Path(kernels._name).name if damaged == "the kernels" else damaged
    with (tmp_path / name).open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff\xfe")
    with pytest.raises(ModelError, match=rf"{name} is damaged"):
        KernelNet.load(tmp_path, "pnet", load_kernels(tmp_path))


@pytest.mark.models
@pytest.mark.parametrize("content", [None, b""])
def test_a_net_that_is_missing_or_empty_is_named(models_dir: Path, tmp_path: Path, content: bytes | None) -> None:
    (tmp_path / "manifest.json").write_bytes((models_dir / "manifest.json").read_bytes())
    if content is not None:
        (tmp_path / "pnet.plan").write_bytes(content)
    with pytest.raises(ModelError, match=r"cannot read .*pnet\.plan \(.+\): run `facepipe models`"):
        KernelNet.load(tmp_path, "pnet", load_kernels(models_dir))


def test_a_download_that_breaks_off_goes_on_where_it_stopped(checkpoint: Path, tmp_path: Path, serve) -> None:
    content = checkpoint.read_bytes()
    server = serve(content, break_off=True)
    sha256 = hashlib.sha256(content).hexdigest()
    with pytest.raises(FetchError, match="goes on where it stopped"):
        download(server.url, tmp_path / "x.pt", sha256, lambda _: None)
    half = (tmp_path / "x.pt.part").stat().st_size
    assert 0 < half < len(content)
    download(server.url, tmp_path / "x.pt", sha256, lambda _: None)
    assert server.ranges == [None, f"bytes={half}-"]
    assert (tmp_path / "x.pt").read_bytes() == content


@pytest.mark.parametrize("damage", ["one byte", "another file"])
def test_a_damaged_download_is_named_with_both_sha256_and_not_kept(
    checkpoint: Path, tmp_path: Path, serve, damage: str
) -> None:
    content = checkpoint.read_bytes()
    served = content[:5000] + b"\x00" + content[5001:] if damage == "one byte" else b"something else"
    expected = hashlib.sha256(content).hexdigest()
    with pytest.raises(FetchError) as error:
        download(serve(served).url, tmp_path / "x.pt", expected, lambda _: None)
    assert expected in str(error.value)
    assert hashlib.sha256(served).hexdigest() in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_named_model_is_never_replaced_by_another(tmp_path: Path) -> None:
    gone = PublishedCheckpoint("http://127.0.0.1:9/vggface2.pt", "0" * 64, 1)
    with pytest.raises(BuildError, match="cannot be reached"):
        build(tmp_path / "m", tmp_path / "d", order=NetworkChoice("vggface2", vggface2=gone), say=lambda _: None)
    assert not list((tmp_path / "m").iterdir())


def test_a_file_that_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.pt").write_text("hello")
    with pytest.raises(BuildError, match="mine.pt"):
        build(tmp_path / "m", tmp_path / "d", order=NetworkChoice(weights=tmp_path / "mine.pt"), say=lambda _: None)


def test_every_tensor_is_used_once_and_none_is_left_over() -> None:
    state = random_state()
    assert len(layers_from_checkpoint(state)) == 132 + 1
    with pytest.raises(ValueError, match="lack conv2d_1a"):
        layers_from_checkpoint({name: value for name, value in state.items() if "conv2d_1a" not in name})
    with pytest.raises(ValueError, match="hold surplus"):
        layers_from_checkpoint({**state, "surplus": np.zeros(1, np.float32)})


def test_a_package_that_pip_does_not_find_is_told_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a network pip says "No matching distribution found", which is not what is wrong."""
    offline = subprocess.CompletedProcess(
        [], 1, stdout="", stderr="WARNING: retrying\nERROR: No matching distribution found"
    )
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: offline)
    with pytest.raises(UnreachableError, match=r"No matching distribution found\): check the network, and the index"):
        fetch_member(WheelMember("some==1", "file", "0" * 64, 1), tmp_path / "file", tmp_path, lambda _: None)
