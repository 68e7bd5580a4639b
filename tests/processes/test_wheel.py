"""facepipe installed from its wheel: one package, which works in folders of projects that have names of its parts."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from emulator.free_ports import free_ports
from emulator.setting import as_arguments
from emulator.settings import Ports
from facepipe.client.endpoints import Endpoints, sqs_client
from tests.posting import post
from tests.processes.test_projects import COURSE, write_project
from tests.started import started

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


def up(bin_folder: Path, ports: Ports, *arguments: str) -> list[str]:
    return [str(bin_folder / "facepipe"), "up", *arguments, *as_arguments(ports), "--queues", "memory"]


def received(ports: Ports, queue: str) -> str:
    """Wait for a message of a queue and return its body."""
    sqs = sqs_client(Endpoints("", f"http://127.0.0.1:{ports.sqs}"))
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    return str(message["Body"])


def answer_to(ports: Ports, body: bytes) -> str:
    with post(f"http://127.0.0.1:{ports.url}/", body) as answer:
        return str(answer.read().decode())


def test_the_wheel_has_one_package_with_all_that_runs(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"facepipe"}
    parts = ("template.yaml", "services/nets/kernels/net.cpp", "services/outbox.py", "emulator/supervisor/__main__.py")
    assert {f"facepipe/_sources/{part}" for part in parts} | {"facepipe/py.typed"} <= set(names)
    assert not [name for name in names if name.endswith((".pyc", ".npz", ".so", ".plan", ".onnx", ".jpg"))]
    compared = ("facepipe/bench/peers/", "facepipe/bench/oracles/")
    assert not [name for name in names if name.startswith(compared)], "only a checkout compares facepipe with others"
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
    with started(up(bin_folder, ports), project, variables) as said:
        assert said[-1] == "ready", said
        assert not [line for line in said if str(root) in line]
        first = project / "first"
        assert answer_to(ports, b"ann").split("|") == [str(first), str(first), str(first / "services/__init__.py")]
        assert received(ports, "done") == "HELLO ANN"
    kept = Path(variables["XDG_DATA_HOME"], "facepipe/projects").iterdir()
    assert [path for path in kept if path.name.startswith("shop-")]


def test_a_template_is_written_for_a_project_that_has_none(
    bin_folder: Path, tmp_path: Path, variables: Mapping[str, str]
) -> None:
    for name, text in COURSE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    command = [str(bin_folder / "facepipe"), "init"]
    subprocess.run(command, cwd=tmp_path, env=variables, check=True, capture_output=True, timeout=60)
    template = (tmp_path / "template.yaml").read_text()
    assert "fd_lambda.handler" in template
    assert "1229000000-resp-queue" in template


def docs_example(root: Path, file: str) -> str:
    """Return a file of the example in docs/testing.md."""
    page = (root / "docs/testing.md").read_text()
    return page.split(f"`{file}`:\n\n```")[1].split("\n", 1)[1].split("\n```")[0] + "\n"


def run_tests(bin_folder: Path, folder: Path, variables: Mapping[str, str]) -> str:
    command = [str(bin_folder / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    done = subprocess.run(
        command, cwd=folder, env=dict(variables), capture_output=True, text=True, check=False, timeout=120
    )
    return done.stdout + done.stderr


def test_the_example_of_the_documentation_runs_and_is_typed(
    bin_folder: Path, tmp_path: Path, variables: Mapping[str, str], root: Path
) -> None:
    for file in ("template.yaml", "src/shop.py", "tests/test_shop.py"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        text = docs_example(root, file).replace("python3.13", f"python3.{sys.version_info.minor}")
        (tmp_path / file).write_text(text)
    for name in FOREIGN:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(FOREIGN_CODE)
        own = f"\n\ndef test_{name}_is_the_projects() -> None:\n    import {name}\n\n    assert {name}.WHOSE\n"
        with (tmp_path / "tests/test_shop.py").open("a") as file_of_tests:
            file_of_tests.write(own)
    own_path = {**variables, "PYTHONPATH": str(tmp_path)}
    said = run_tests(bin_folder, tmp_path, own_path)
    assert "6 passed" in said, said
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(bin_folder / "python")]
    done = subprocess.run(
        [*mypy, "tests/test_shop.py"], cwd=tmp_path, env=own_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


FACES = """
import pytest
from pathlib import Path
from facepipe.pipeline import PipelineError

GRACE, EILEEN = {photos!r}

def test_photos_are_paths_texts_or_bytes(pipeline):
    for photo in (GRACE, Path(GRACE), Path(GRACE).read_bytes()):
        assert pipeline.recognise(photo) == "Grace Hopper"
    assert pipeline.send(GRACE)["result"] == "Grace Hopper"

def test_people_are_known_until_a_fresh_start(pipeline):
    assert pipeline.fresh().recognise(EILEEN) == "unknown"
    pipeline.enrol_person("Eileen Collins", EILEEN)
    assert pipeline.recognise(EILEEN) == "Eileen Collins"
    pipeline.send_message("facepipe-responses", "left over")
    assert pipeline.fresh().recognise(EILEEN) == "unknown"
    assert {{state.depth for state in pipeline.queues.values()}} == {{0}}

def test_errors_say_why(pipeline):
    with pytest.raises(PipelineError, match="no image that is understood"):
        pipeline.recognise(b"no photo")
    with pytest.raises(PipelineError, match="nobody.*holds no photos|no photos"):
        pipeline.enrol_person("nobody")
"""


@pytest.mark.models
def test_the_fixture_runs_facepipes_own_face_recognition(
    bin_folder: Path, tmp_path: Path, variables: Mapping[str, str], samples: Path, faces_data: Path
) -> None:
    photos = (str(samples / "grace_hopper.jpg"), str(samples / "astronaut.png"))
    (tmp_path / "test_faces.py").write_text(FACES.format(photos=photos))
    gallery = tmp_path / "people.npz"
    gallery.write_bytes((faces_data / "models/sample-gallery.npz").read_bytes())
    before = gallery.read_bytes()
    said = run_tests(bin_folder, tmp_path, {**variables, "FACEPIPE_GALLERY": str(gallery)})
    assert "3 passed" in said, said
    assert gallery.read_bytes() == before


@pytest.fixture
def faces_data(variables: Mapping[str, str], samples: Path, models_dir: Path) -> Path:
    """The user's data folder, with models that were made before."""
    data = Path(variables["XDG_DATA_HOME"]) / "facepipe"
    data.mkdir(exist_ok=True)
    for made in (models_dir, samples):
        if not (data / made.name).exists():
            (data / made.name).symlink_to(made)
    return data


@pytest.mark.models
def test_facepipes_own_face_recognition_runs_from_the_projects_folder(
    bin_folder: Path, project: Path, variables: Mapping[str, str], samples: Path, faces_data: Path
) -> None:
    ports = free_ports()
    with started(up(bin_folder, ports, "--faces"), project, variables) as said:
        assert said[-1] == "ready", said
        local = "http://127.0.0.1"
        places = ["--url", f"{local}:{ports.url}/", "--sqs", f"{local}:{ports.sqs}", "--api", f"{local}:{ports.api}"]
        command = [str(bin_folder / "facepipe"), "send", str(samples / "grace_hopper.jpg"), *places]
        sent = subprocess.run(
            command, cwd=project, env=variables, check=False, capture_output=True, text=True, timeout=120
        )
        assert "Grace Hopper" in sent.stdout, sent.stderr
    assert (faces_data / "gallery/gallery.npz").exists()
