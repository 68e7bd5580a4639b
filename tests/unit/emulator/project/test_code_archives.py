"""Archives from anywhere: nothing is written outside of the folder, and nothing large is written at all."""

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from emulator.aws.limits import UNZIPPED_BYTES
from emulator.project import code_archives, code_store
from emulator.project.code_archives import EMPTY, INVALID, TOO_LARGE, ArchiveError, unpack
from emulator.project.code_store import KEPT_S, CodeStore
from tests.unit.emulator.lambda_api.archives import CODE, archive

LINK = 0o120777


def refusal(files: dict[str, str | bytes], tmp_path: Path, modes: dict[str, int] | None = None) -> ArchiveError:
    folder = tmp_path / "below" / "function"
    folder.mkdir(parents=True)
    with pytest.raises(ArchiveError) as error:
        unpack(archive(files, modes), folder)
    assert {path.name for path in tmp_path.iterdir()} == {"below"}
    assert {path.name for path in (tmp_path / "below").iterdir()} == {"function"}
    return error.value


@pytest.mark.parametrize("name", ["../app.py", "a/../../app.py", "/app.py", "..", "a\\..\\app.py", "C:\\app.py"])
def test_no_path_leaves_the_folder(name: str, tmp_path: Path) -> None:
    assert refusal({"one.py": "", name: "bad"}, tmp_path).lambda_message == INVALID


@pytest.mark.parametrize("name", ["d/" * 1_500 + "app.py", "a" * 256, "ü" * 128, f"{'a' * 90}/" * 50 + "app.py"])
def test_no_path_is_too_long_to_be_written_or_too_deep_to_be_removed(name: str, tmp_path: Path) -> None:
    assert "too long or too deep" in str(refusal({name: "x"}, tmp_path))


@pytest.mark.parametrize("target", ["", "a\0b"])
def test_no_link_is_without_a_target(target: str, tmp_path: Path) -> None:
    assert "has no target" in str(refusal({"a": target, "b": "x"}, tmp_path, {"a": LINK}))


@pytest.mark.parametrize("target", ["..", "/etc/passwd", "a/../../x", "../function/../../x"])
def test_no_link_leads_out_of_the_folder(target: str, tmp_path: Path) -> None:
    assert "leads out" in str(refusal({"link": target}, tmp_path, {"link": LINK}))


def test_no_link_leads_out_through_another(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"deep/er/file": "x", "a": "deep/er", "b": "a/../../.."}
    assert "leads out" in str(refusal(files, tmp_path, {"a": LINK, "b": LINK}))


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    error = refusal({"a": "/etc", "a/file": "x"}, tmp_path, {"a": LINK})
    assert error.lambda_message == INVALID


def test_a_link_inside_is_made(tmp_path: Path) -> None:
    unpack(archive({"app.py": "x = 1\n", "lib/link.py": "../app.py"}, {"lib/link.py": LINK}), tmp_path)
    assert (tmp_path / "lib/link.py").read_text() == "x = 1\n"


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    assert "leads in a circle" in str(refusal({"a": "b", "b": "a"}, tmp_path, {"a": LINK, "b": LINK}))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_this_user_may_enter_the_folder_and_files_keep_their_modes(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with code_store.code_store(tmp_path / "code") as store:
            made = archive(
                {"app.py": "", "none": "", "bin/run": "#!/bin/sh\n"}, {"bin/run": 0o104755, "none": 0o100000}
            )
            folder = Path(str(store.unpack("f", made).source.folder))
            assert mode(tmp_path / "code") & 0o077 == 0
            assert mode(store.root) == 0o700
            found = [mode(folder / name) for name in ("app.py", "none", "bin/run", "bin", ".")]
            assert found == [0o644, 0o644, 0o755, 0o755, 0o755]
    finally:
        os.umask(before)


def test_no_other_user_may_change_what_was_unpacked_whatever_the_archive_says(tmp_path: Path) -> None:
    """Many programs write 0777 into archives; a template's are unpacked in a folder that other users may enter."""
    before = os.umask(0)
    try:
        unpack(archive({"app.py": "", "lib/data": ""}, {"app.py": 0o100777, "lib/data": 0o100666}), tmp_path)
    finally:
        os.umask(before)
    assert [mode(tmp_path / name) for name in ("app.py", "lib/data", "lib")] == [0o755, 0o644, 0o755]


def test_what_the_function_may_not_read_on_aws_is_said(tmp_path: Path) -> None:
    notes = unpack(archive({"app.py": "", "data": ""}, {"data": 0o100600}), tmp_path)
    assert notes == ("on AWS the function may not read data: chmod o+r before you make the archive",)


def test_a_bomb_is_refused_before_it_is_written(tmp_path: Path) -> None:
    assert refusal({"zeros": bytes(UNZIPPED_BYTES + 1)}, tmp_path).lambda_message == TOO_LARGE
    assert list((tmp_path / "below/function").iterdir()) == []


def test_a_bomb_that_lies_about_its_size_is_refused_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_archives, "UNZIPPED_BYTES", 1000)
    made = archive({"zeros": bytes(5000)})
    small = (100).to_bytes(4, "little")
    lying = made.replace((5000).to_bytes(4, "little"), small)
    assert lying != made
    with pytest.raises(ArchiveError):
        unpack(lying, tmp_path)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 1000


def test_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_archives, "ENTRIES", 3)
    assert "4 entries, more than 3" in str(refusal({f"f{n}": "" for n in range(4)}, tmp_path))


def test_archives_without_files_or_that_are_none_are_refused(tmp_path: Path) -> None:
    assert refusal({}, tmp_path).lambda_message == EMPTY
    for content in (b"", b"PK", b"PK\x03\x04" + bytes(100), archive(CODE)[:-30], os.urandom(1000)):
        with pytest.raises(ArchiveError) as error:
            unpack(content, tmp_path)
        assert error.value.lambda_message == INVALID


def test_a_broken_file_and_an_encrypted_one_are_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("app.py", "handler = 1\n")
    broken = content.getvalue().replace(b"handler = 1", b"hXndler = 1")
    with pytest.raises(ArchiveError, match="CRC"):
        unpack(broken, tmp_path)
    encrypted = bytearray(archive(CODE))
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ArchiveError, match="encrypted"):
        unpack(bytes(encrypted), tmp_path / "other")


def test_a_file_that_is_also_a_folder_is_refused(tmp_path: Path) -> None:
    assert "the same path" in str(refusal({"a": "x", "a/b": "x"}, tmp_path))


def test_former_code_is_kept_while_a_call_may_need_it(tmp_path: Path) -> None:
    clock = [0.0]
    store = CodeStore(tmp_path, now=lambda: clock[0])
    first = store.unpack("f", archive(CODE)).source
    store.use("f", first)
    second = store.unpack("f", archive(CODE)).source
    store.use("f", second)
    clock[0] = KEPT_S - 1
    store.use("g", store.unpack("g", archive(CODE)).source)
    assert len(list(tmp_path.iterdir())) == 3
    clock[0] = KEPT_S + 1
    store.use("f", None)
    assert Path(str(second.folder)).exists()
    assert not Path(str(first.folder)).exists()
    clock[0] *= 3
    store.use("g", None)
    assert not Path(str(second.folder)).exists()


def test_a_store_is_empty_at_its_start_and_gone_at_its_end_and_leaves_others_alone(tmp_path: Path) -> None:
    root = tmp_path / "project" / "code"
    (root / "left-by-a-killed-one" / "f").mkdir(parents=True)
    with code_store.code_store(root) as store:
        assert list(root.iterdir()) == [store.root]
        code = Path(str(store.unpack("f", archive(CODE)).source.folder))
        with code_store.code_store(root) as other:
            assert {other.root, store.root} == set(root.iterdir())
            assert (code / "app.py").exists()
        assert list(root.iterdir()) == [store.root]
    assert list(root.iterdir()) == []


def test_without_a_place_a_store_is_temporary() -> None:
    with code_store.code_store(None) as store:
        assert Path(str(store.unpack("f", archive(CODE)).source.folder)).exists()
    assert not store.root.exists()
