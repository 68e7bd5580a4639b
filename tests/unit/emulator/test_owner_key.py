"""The key's file: made once, readable by its owner only, and nothing else is taken."""

import os
import stat
from pathlib import Path

import pytest

from emulator.owner_key import OwnerKeyError, read_or_make_key


def test_a_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "folder/key"
    before = os.umask(0)
    try:
        key = read_or_make_key(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_or_make_key(path) == key
    assert len(key.secret_access_key) >= 32
    assert read_or_make_key(tmp_path / "another").secret_access_key != key.secret_access_key


@pytest.mark.parametrize(
    ("mode", "text"), [(0o644, "x" * 40), (0o660, "x" * 40), (0o600, ""), (0o600, "short"), (0o600, "ä" * 40)]
)
def test_a_file_that_others_can_read_or_that_holds_no_key_is_an_error_with_its_cure(
    tmp_path: Path, mode: int, text: str
) -> None:
    path = tmp_path / "key"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(OwnerKeyError, match="remove it"):
        read_or_make_key(path)


def test_a_file_that_cannot_be_written_is_an_error_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OwnerKeyError, match="name another"):
        read_or_make_key(tmp_path / "file/key")
