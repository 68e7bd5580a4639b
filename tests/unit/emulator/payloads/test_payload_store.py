"""Kept payloads: what is found again, and what is deleted."""

import contextlib
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from emulator.payloads.payload_keeper import _open
from emulator.payloads.payload_store import MAXIMUM_AGE_S, MEMORY, PAGE_BYTES, KeptPayload, PayloadRole, PayloadStore


def message(key: str, body: bytes = b"body", **fields: Any) -> KeptPayload:
    return KeptPayload(PayloadRole.MESSAGE, "jobs", key, body, **fields)


def test_payloads_are_found_by_key_trace_and_name_and_come_back_byte_for_byte() -> None:
    store = PayloadStore(MEMORY)
    odd = bytes(range(256))
    store.write([message("m1", odd, trace_id="1-a"), message("m2", name="photo"), message("m3", attributes={"a": "b"})])
    assert [found.key for found in store.find(["m1"], [], ["photo"])] == ["m1", "m2"]
    assert [found.key for found in store.find([], ["1-a"], [])] == ["m1"]
    assert store.find(["", "m9"], [""], [""]) == []
    (third,) = store.find(["m3"], [], [])
    assert (third.attributes, third.size, third.role, third.place) == ({"a": "b"}, 4, "message", "jobs")
    assert store.body(store.find(["m1"], [], [])[0].id) == odd
    assert store.body(99) is None
    store.close()


def test_a_summary_has_the_text_of_a_short_message_and_of_nothing_else() -> None:
    store = PayloadStore(MEMORY)
    event = KeptPayload(PayloadRole.EVENT, "work", "r", b"event", trace_id="1-a")
    store.write(
        [message("short", b'{"result": "Ada"}', trace_id="1-a", name="photo"), message("long", b"x" * 2_001), event]
    )
    texts = {found.key: found.text for found in store.find(["short", "long", "r"], [], [])}
    assert texts == {"short": '{"result": "Ada"}', "long": "", "r": ""}
    (short,) = store.find([], [], ["photo"])
    assert (short.trace_id, short.name) == ("1-a", "photo")
    store.close()


def test_the_oldest_payloads_are_deleted_beyond_the_limit_of_bytes() -> None:
    store = PayloadStore(MEMORY, maximum_bytes=100_000)
    for number in range(30):
        store.write([message(f"m{number}", b"x" * 10_000)])
    left = store.find([f"m{number}" for number in range(30)], [], [])
    assert sum(found.size for found in left) <= 100_000
    assert left[-1].key == "m29"
    assert len(left) >= 8
    store.close()


@pytest.mark.parametrize("attributes", [{}, {"long": "x" * 10_000}])
def test_attributes_and_many_tiny_payloads_count_as_well(tmp_path: Path, attributes: dict[str, str]) -> None:
    """A sender chooses how much of a message is its body."""
    path = tmp_path / "payloads.sqlite"
    store = PayloadStore(path, maximum_bytes=200_000)
    for _ in range(30):
        store.write([message("m", b"", attributes=attributes) for _ in range(100)])
    left = store.find(["m"], [], [])
    store.close()
    assert len(left) <= 500
    assert sum(len(str(found.attributes)) for found in left) <= 200_000


def test_what_is_too_old_is_deleted_at_the_next_start_however_little_there_is(tmp_path: Path) -> None:
    path = tmp_path / "payloads.sqlite"
    store = PayloadStore(path)
    store.write([message("old", at_ms=time.time() * 1000 - MAXIMUM_AGE_S * 1000 - 1), message("new")])
    store.close()
    again = PayloadStore(path)
    assert [found.key for found in again.find(["old", "new"], [], [])] == ["new"]
    again.close()


def test_old_payloads_are_deleted_when_room_is_made() -> None:
    store = PayloadStore(MEMORY, maximum_bytes=700)
    store.write([message("old", at_ms=time.time() * 1000 - MAXIMUM_AGE_S * 1000 - 1)])
    store.write([message("new", b"x" * 149)])
    assert [found.key for found in store.find(["old", "new"], [], [])] == ["new"]
    store.close()


def test_the_file_is_its_users_and_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "deep/payloads.sqlite"
    store = PayloadStore(path)
    store.write([message("m1")])
    store.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    again = PayloadStore(path)
    assert [found.key for found in again.find(["m1"], [], [])] == ["m1"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600, "whatever it was before"
    again.close()


KILLED_WHILE_WRITING = """
import os, sys
from emulator.payloads.payload_store import KeptPayload, PayloadRole, PayloadStore
store = PayloadStore(sys.argv[1])
def payload(number):
    return KeptPayload(PayloadRole.EVENT, "echo", f"call-{number}", bytes([number]) * 100_000)
store.write([payload(number) for number in range(30)])
store._db.execute("PRAGMA cache_size=1")  # what is written goes to the file before the end of the transaction
store._db.execute("BEGIN")
store._db.execute("DELETE FROM payloads WHERE id < 20")
store._db.execute("UPDATE payloads SET body = zeroblob(200000)")
os.kill(os.getpid(), 9)
"""


def test_a_write_that_a_kill_cut_off_is_undone(tmp_path: Path) -> None:
    path = tmp_path / "payloads.sqlite"
    subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(path)], check=False)
    journal = path.with_name(f"{path.name}-journal").stat()
    assert journal.st_size > PAGE_BYTES, "it was cut off when the file was changed already"
    assert stat.S_IMODE(journal.st_mode) == 0o600
    with contextlib.closing(PayloadStore(path)) as store:
        assert [store.event(f"call-{number}") for number in range(30)] == [bytes([n]) * 100_000 for n in range(30)]


@pytest.mark.parametrize("content", [b"no database", b""])
def test_a_file_that_is_no_database_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "payloads.sqlite"
    path.write_bytes(content)
    store = _open(path)
    store.write([message("m1")])
    assert store.find(["m1"], [], [])
    store.close()


@pytest.mark.parametrize("damage", ["header", "rows"])
def test_a_file_that_cannot_be_used_is_closed_at_once(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "payloads.sqlite"
    path.write_bytes(b"no database")
    if damage == "rows":
        path.unlink()
        store = PayloadStore(path)
        store.write([message(f"m{n}") for n in range(1000)])
        store.close()
        content = path.read_bytes()
        path.write_bytes(content[:PAGE_BYTES] + b"\xff" * (len(content) - PAGE_BYTES))
    with pytest.raises(sqlite3.DatabaseError):
        PayloadStore(path)
    opened = {link.resolve() for link in Path("/proc/self/fd").iterdir()}
    assert path not in opened


def test_a_folder_that_cannot_be_written_keeps_payloads_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = _open(tmp_path / "file/payloads.sqlite")
    store.write([message("m1")])
    assert store.find(["m1"], [], [])
    store.close()


def test_a_file_of_another_version_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "payloads.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    store = _open(path)
    assert store.find(["m1"], [], []) == []
    store.close()
