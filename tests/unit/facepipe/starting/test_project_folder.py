"""What is read of a folder, and what is not."""

import os
from pathlib import Path

import pytest

from facepipe.starting import project_folder
from facepipe.starting.project_folder import MOST_BYTES, StartingError, read_folder
from tests.unit.facepipe.starting.projects import write


def test_python_dockerfiles_and_requirements_are_read(tmp_path: Path) -> None:
    files = {"app.py": "1", "a/b/c.py": "2", "Dockerfile": "FROM x", "d/web.Dockerfile": "", "a/requirements.txt": ""}
    read = read_folder(write(tmp_path, {**files, "notes.txt": "", "data.json": ""}))
    assert read.python == {"app.py": b"1", "a/b/c.py": b"2"}
    assert set(read.dockerfiles) == {"Dockerfile", "d/web.Dockerfile"}
    assert read.requirements == {"a/requirements.txt"}


@pytest.mark.parametrize(
    "path",
    ["node_modules/x/app.py", ".git/app.py", ".aws-sam/build/app.py", "my-env/lib/app.py", "venv/app.py", "tests/app.py",
     "site-packages/app.py", "test_app.py", "conftest.py", "build/app.py"],
)  # fmt: skip
def test_what_is_not_the_projects_own_is_skipped(tmp_path: Path, path: str) -> None:
    read = read_folder(write(tmp_path, {path: "", "my-env/pyvenv.cfg": ""}))
    assert not read.python


def test_links_that_lead_in_a_circle_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "", "a/b.py": ""})
    (tmp_path / "a/loop").symlink_to(tmp_path)
    (tmp_path / "self.py").symlink_to("self.py")
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    assert set(read_folder(tmp_path).python) == {"app.py", "a/b.py"}


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert not read_folder(tmp_path).python


def test_a_huge_file_is_told_of(tmp_path: Path) -> None:
    write(tmp_path, {"data.py": b"#" * (MOST_BYTES + 1)})
    assert read_folder(tmp_path).not_read == ["data.py: it has more than 1,000,000 bytes"]


@pytest.mark.parametrize(("limit", "words"), [("MOST_FILES", "Python files"), ("MOST_ENTRIES", "files")])
def test_a_huge_folder_is_an_error_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
) -> None:
    monkeypatch.setattr(project_folder, limit, 3)
    write(tmp_path, {f"{name}.py": "" for name in "abcd"})
    with pytest.raises(StartingError, match=f"has more than 3 {words}; name the folder of one project"):
        read_folder(tmp_path)


def test_what_is_no_folder_is_an_error_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(StartingError, match="does not exist; name the folder of your project"):
        read_folder(tmp_path / "nowhere")
    write(tmp_path, {"app.py": ""})
    with pytest.raises(StartingError, match="is not a folder"):
        read_folder(tmp_path / "app.py")
