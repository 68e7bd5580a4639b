"""facepipe installed from its wheel: one package, which works in folders of projects that have names of its parts."""

import contextlib
import os
import signal
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from emulator.free_ports import free_ports
from emulator.setting import as_arguments
from emulator.settings import Ports
from facepipe.client.endpoints import Endpoints, sqs_client
from tests.processes.test_projects import COURSE, write_project

pytestmark = pytest.mark.slow
WHEEL_BYTES = 2_000_000  #: far above what it has: models, photos or tests in it would pass this
#: a project's own packages, which have the names of facepipe's parts, and which its tests import
FOREIGN = ("services", "emulator", "images")
FOREIGN_CODE = "WHOSE = 'the project'\n"


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built as `pip wheel` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder), str(root)], check=True, timeout=120)
    (file,) = folder.glob("facepipe-*.whl")
    return file


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment in which the wheel is installed. Packages of others are those of the tests' environment."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    (packages,) = folder.glob("lib/python*/site-packages")
    # What a .pth file names has no effect by .pth files of its own: the checkout stays out of sight.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--ignore-installed", str(wheel)], check=True, timeout=120)
    return folder / "bin"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two functions, in a folder with packages of the names of facepipe's parts."""
    folder = tmp_path_factory.mktemp("projects") / "shop"
    write_project(folder)
    for name in FOREIGN:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(FOREIGN_CODE)
    return folder


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Mapping[str, str]:
    """Variables of a user with an own data folder, whose Python finds the project first."""
    data = tmp_path_factory.mktemp("data")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FACEPIPE_", "AWS_", "PYTHON"))}
    return {**clean, "XDG_DATA_HOME": str(data), "PYTHONPATH": str(project), "PIP_NO_INDEX": "1"}


@contextlib.contextmanager
def running(command: list[str], folder: Path, variables: Mapping[str, str]) -> Iterator[list[str]]:
    """Run `facepipe up` until the block ends; yields what it said until it was ready."""
    process = subprocess.Popen(
        command, cwd=folder, env=dict(variables), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    said = []
    try:
        for line in process.stdout:
            said.append(line.rstrip("\n"))
            if said[-1] == "ready":
                break
        yield said
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def up(bin_folder: Path, ports: Ports, *arguments: str) -> list[str]:
    return [str(bin_folder / "facepipe"), "up", *arguments, *as_arguments(ports), "--queues", "memory"]


def received(ports: Ports, queue: str) -> str:
    """Wait for a message of a queue and return its body."""
    sqs = sqs_client(Endpoints("", f"http://127.0.0.1:{ports.sqs}"))
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    return str(message["Body"])


def post(ports: Ports, body: bytes) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{ports.url}/", body, timeout=60) as answer:
        return str(answer.read().decode())


def test_the_wheel_has_one_package_with_all_that_runs(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"facepipe"}
    parts = ("template.yaml", "images/kernels/net.cpp", "services/outbox.py", "emulator/supervisor/__main__.py")
    assert {f"facepipe/_sources/{part}" for part in parts} | {"facepipe/py.typed"} <= set(names)
    assert not [name for name in names if name.endswith((".pyc", ".npz", ".so", ".plan", ".onnx", ".jpg"))]
    assert wheel.stat().st_size < WHEEL_BYTES


def test_a_program_of_the_environment_sees_none_of_the_parts(bin_folder: Path, tmp_path: Path, root: Path) -> None:
    ask = f"import facepipe, importlib.util as u; print(facepipe.__file__, [u.find_spec(n) for n in {FOREIGN}])"
    done = subprocess.run(
        [bin_folder / "python", "-P", "-c", ask], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60
    )
    file, found = done.stdout.split(" ", 1)
    assert found == "[None, None, None]\n"
    assert Path(file).is_relative_to(bin_folder.parent)
    assert not Path(file).is_relative_to(root)


def test_a_project_with_packages_of_the_same_names_runs(
    bin_folder: Path, project: Path, variables: Mapping[str, str], root: Path
) -> None:
    ports = free_ports()
    with running(up(bin_folder, ports), project, variables) as said:
        assert said[-1] == "ready", said
        assert not [line for line in said if str(root) in line]
        first = project / "first"
        assert post(ports, b"ann").split("|") == [str(first), str(first), str(first / "services/__init__.py")]
        assert received(ports, "done") == "HELLO ANN"
    (kept,) = Path(variables["XDG_DATA_HOME"], "facepipe/projects").iterdir()
    assert kept.name.startswith("shop-")


def test_a_template_is_written_for_a_project_that_has_none(
    bin_folder: Path, tmp_path: Path, variables: Mapping[str, str]
) -> None:
    for name, text in COURSE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    command = [bin_folder / "facepipe", "init"]
    subprocess.run(command, cwd=tmp_path, env=variables, check=True, capture_output=True, timeout=60)
    template = (tmp_path / "template.yaml").read_text()
    assert "fd_lambda.handler" in template
    assert "1229000000-resp-queue" in template


@pytest.mark.models
def test_facepipes_own_face_recognition_runs_from_the_projects_folder(
    bin_folder: Path, project: Path, variables: Mapping[str, str], samples: Path, models_dir: Path
) -> None:
    data = Path(variables["XDG_DATA_HOME"]) / "facepipe"
    data.mkdir(exist_ok=True)
    for made in (models_dir, samples, models_dir.parent / "rie"):
        (data / made.name).symlink_to(made)
    ports = free_ports()
    with running(up(bin_folder, ports, "--faces"), project, variables) as said:
        assert said[-1] == "ready", said
        local = "http://127.0.0.1"
        places = ["--url", f"{local}:{ports.url}/", "--sqs", f"{local}:{ports.sqs}", "--api", f"{local}:{ports.api}"]
        command = [bin_folder / "facepipe", "send", str(samples / "grace_hopper.jpg"), *places]
        sent = subprocess.run(
            command, cwd=project, env=variables, check=False, capture_output=True, text=True, timeout=120
        )
        assert "Grace Hopper" in sent.stdout, sent.stderr
    assert (data / "gallery/gallery.npz").exists()
