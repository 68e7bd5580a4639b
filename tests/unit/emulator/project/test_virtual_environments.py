"""Virtual environments of functions: made once for each content, without a network where nothing is installed."""

import subprocess
from pathlib import Path

import pytest

from emulator.project import pythons
from emulator.project.plans import ProjectError
from emulator.project.preparing import Preparation
from emulator.project.pythons import Interpreter, nearest, own
from emulator.project.virtual_environments import RUNTIME, VirtualEnvironments, content_hash
from emulator.resources import Function
from emulator.resources.code_source import CodeSource

IMPORT = "import awslambdaric.bootstrap, boto3, sys; print(sys.prefix)"


def test_nothing_to_install_needs_no_network_and_has_lambdas_runtime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    said: list[str] = []
    environments = VirtualEnvironments(tmp_path / "made", said.append)
    python = environments.python("f", tmp_path, (), own())
    done = subprocess.run([python, "-c", IMPORT], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert Path(done.stdout.strip()).parent == tmp_path / "made"
    assert environments.python("g", tmp_path, (), own()) == python
    assert len(said) == 1


def test_nothing_of_the_emulators_environment_is_in_it_but_the_runtime(tmp_path: Path) -> None:
    python = VirtualEnvironments(tmp_path / "made", lambda _: None).python("f", tmp_path, (), own())
    for name in ("emulator", "services", "numpy", "aiohttp"):
        code = f"import importlib.util; raise SystemExit(importlib.util.find_spec({name!r}) is not None)"
        assert subprocess.run([python, "-c", code], check=False, cwd=tmp_path).returncode == 0, name


def test_a_package_that_cannot_be_had_is_one_error_with_function_and_cure(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("./no-such-file.whl\n")
    wanted = [("-r", str(tmp_path / "requirements.txt"))]
    environments = VirtualEnvironments(tmp_path / "made", lambda _: None)
    with pytest.raises(ProjectError, match="^f: its packages could not be installed .*no-such-file") as error:
        environments.python("f", tmp_path, wanted, own())
    assert "\n" not in str(error.value)
    assert str(error.value).endswith("and start again")


def test_changed_requirements_are_another_environment(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("six\n")
    before = content_hash([("-r", str(file))], own())
    assert content_hash([("-r", str(file))], own()) == before
    file.write_text("six==1.17.0\n")
    assert content_hash([("-r", str(file))], own()) != before
    assert content_hash([], own()) != content_hash([], Interpreter("/usr/bin/python3.9", "3.9"))


def test_the_nearest_python_of_the_machine_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythons, "own", lambda: Interpreter("own", "3.11"))
    monkeypatch.setattr(pythons, "_candidates", lambda version: [f"/bin/python{version}"])
    monkeypatch.setattr(pythons, "_works", lambda _, version: version in ("3.9", "3.13"))
    assert [nearest(wanted).version for wanted in ("3.12", "3.14", "3.11", "3.8", "")] == [
        "3.13",
        "3.13",
        "3.11",
        "3.9",
        "3.11",
    ]


def test_strict_runtime_refuses_a_python_that_is_only_near(tmp_path: Path) -> None:
    source, said = CodeSource(folder="."), list[str]()
    function = Function("F", "f", "", ("app.handler",), 3, 128, 512, runtime="python3.99", source=source)
    with pytest.raises(ProjectError, match=r"f: Python 3.99 is not on this machine; install it, or leave out"):
        Preparation(tmp_path, tmp_path, said.append, strict_runtime=True).launch(function)


def test_rt17_pip_chooses_the_runtimes_version_for_the_python_of_a_function() -> None:
    """awslambdaric for Python 3.8 is 2.2.1, for 3.9 it is 4.0.4, for newer ones 4.2.2: no version is named here."""
    assert set(RUNTIME) == {"awslambdaric", "boto3"}
