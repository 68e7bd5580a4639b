"""What the kernel says of memory, in the layouts of both versions of cgroups."""

import os
from pathlib import Path

import pytest

from emulator.supervisor import memory
from emulator.supervisor.memory import OOM_FILES, PEAK_FILES, Meter, high_water_bytes, read_count, read_number


@pytest.mark.parametrize("name", PEAK_FILES)
def test_rt10_the_peak_in_either_layout(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("104857600\n")
    assert read_number(str(tmp_path), PEAK_FILES) == 100 << 20


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("memory.events", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n"),
        ("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"),
    ],
)
def test_the_kills_in_either_layout(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert read_count(str(tmp_path), OOM_FILES, "oom_kill") == 2


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "memory.events").write_text("low 0\n")
    assert read_number(str(tmp_path), PEAK_FILES) is None
    assert read_count(str(tmp_path), OOM_FILES, "oom_kill") is None
    assert high_water_bytes(0) == 0


def test_processes_peaks_are_added_and_the_most_is_kept() -> None:
    members = [os.getpid()]
    meter = Meter(lambda: members)
    once = meter.peak_mb()
    assert once
    members.append(os.getpid())
    meter.forget()
    assert meter.peak_mb() == pytest.approx(2 * once, abs=2)
    members.clear()
    meter.forget()
    assert meter.peak_mb() == pytest.approx(2 * once, abs=2), "the environment's most so far"
    assert not meter.out_of_memory(), "no limit of its own"


def test_a_kill_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container: the supervisor is its first process."""
    monkeypatch.setattr(memory, "CGROUP", str(tmp_path))
    monkeypatch.setattr(os, "getpid", lambda: 1)
    (tmp_path / "memory.peak").write_text("52428800\n")
    (tmp_path / "memory.events").write_text("oom_kill 1\n")
    meter = Meter(list)
    assert meter.peak_mb() == 50
    assert not meter.out_of_memory(), "of an earlier life"
    (tmp_path / "memory.events").write_text("oom_kill 2\n")
    assert [meter.out_of_memory(), meter.out_of_memory()] == [True, False]
