"""What a run leaves for its user is not for other users of the machine."""

import stat
from pathlib import Path

import pytest
from PIL import Image

from emulator.settings import Settings
from facepipe import local_pipeline
from facepipe.client.photo_rows import Row
from facepipe.client.photos import Frame
from facepipe.client.private_file import made_private
from facepipe.client.sketch import draw


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def photo(folder: Path) -> Frame:
    Image.new("RGB", (64, 64)).save(folder / "me.png")
    return Frame("me.png", (folder / "me.png").read_bytes())


def test_only_its_user_may_read_the_picture_of_a_demo(tmp_path: Path) -> None:
    """With --people and --frames it shows the user's own people and their names."""
    picture = tmp_path / "var/demo.png"
    draw([photo(tmp_path)], [Row("some-id", "me.png")], picture)
    assert mode(picture) == 0o600


def test_only_its_user_may_read_the_log_of_a_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the lines of the functions: request ids, and whatever else they print."""
    monkeypatch.setattr(local_pipeline, "wait_until_ready", lambda *_: None)
    with local_pipeline.running(Settings(tmp_path / "none.yaml"), tmp_path / "var/demo.log") as running:
        assert mode(running.log) == 0o600


def test_a_file_that_others_could_read_is_closed_and_emptied(tmp_path: Path) -> None:
    older = tmp_path / "demo.log"
    older.write_text("older")
    older.chmod(0o644)
    assert made_private(older) == older
    assert (mode(older), older.read_text()) == (0o600, "")
