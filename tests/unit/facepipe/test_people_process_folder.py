"""Where the people service's socket is: an address in a deep folder of temporary files would be too long."""

import socket
import tempfile
from pathlib import Path

import pytest

from facepipe.people_process import folder_for_sockets


@pytest.mark.parametrize("name", ["short", "long" * 30, "ü" * 50])
def test_a_socket_can_be_made_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / name))
    with (
        tempfile.TemporaryDirectory(prefix="facepipe-", dir=folder_for_sockets()) as folder,
        socket.socket(socket.AF_UNIX) as listening,
    ):
        listening.bind(f"{folder}/people.sock")


def test_the_usual_folder_is_taken_where_it_is_short_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/var/tmp")
    assert folder_for_sockets() is None
