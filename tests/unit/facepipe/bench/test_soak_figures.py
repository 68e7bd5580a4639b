"""A long run: its windows of time, what counts as a change, and what a process holds."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest

from facepipe.bench.held_resources import Held, HeldByContainers, HeldByProcesses
from facepipe.bench.processor_times import EMULATOR
from facepipe.bench.soak_figures import FirstAndLast, Sample, Window, compare, windows
from facepipe.client.collect import CollectedResult
from facepipe.client.photo_rows import Row

STARTED_MS = 1_000_000
FLAT_WINDOWS = [Window(second, 10.0, 100.0, 200.0) for second in range(0, 90, 10)]
FLAT_SAMPLES = [Sample(second, {"emulator": Held(100.0, 50)}) for second in range(0, 90, 10)]


def photo(second: float, latency_ms: int) -> Row:
    accepted = STARTED_MS + int(second * 1000)
    return Row("id", "a.jpg", 1, CollectedResult("id", "x", accepted + latency_ms, (), {"accepted_ms": str(accepted)}))


def changed(found: Sequence[FirstAndLast]) -> list[str]:
    return [one.name for one in found if not one.stayed]


def test_photos_count_in_the_window_in_which_they_were_accepted() -> None:
    rows = [photo(0, 50), photo(9.9, 150), photo(10, 300), photo(29.9, 90), photo(30, 90), Row("lost", "b.jpg")]
    found = windows(rows, started_ms=STARTED_MS, seconds=30, window_s=10)
    assert [window.photos_per_s for window in found] == pytest.approx([0.2, 0.1, 0.1])
    assert [(window.second, window.p50_ms, window.p95_ms) for window in found] == [
        (5, 50, 150),
        (15, 300, 300),
        (25, 90, 90),
    ]


def test_a_flat_run_has_no_change() -> None:
    assert changed(compare(FLAT_WINDOWS, FLAT_SAMPLES)) == []


@pytest.mark.parametrize(
    ("last", "name"),
    [
        (Window(85, 9.4, 100.0, 200.0), "throughput"),
        (Window(85, 10.0, 100.0, 260.0), "p95"),
        (Window(85, 0, 0, 0), "p95"),
    ],
)
def test_a_slower_end_is_a_change(last: Window, name: str) -> None:
    assert name in changed(compare([*FLAT_WINDOWS[:6], last, last, last], FLAT_SAMPLES))


@pytest.mark.parametrize(
    ("held", "name"), [(Held(111.0, 50), "memory, emulator"), (Held(100.0, 59), "descriptors, emulator")]
)
def test_what_grows_is_a_change(held: Held, name: str) -> None:
    grown = [replace(sample, held={"emulator": held}) for sample in FLAT_SAMPLES[6:]]
    assert changed(compare(FLAT_WINDOWS, [*FLAT_SAMPLES[:6], *grown])) == [name]


def test_one_window_between_others_is_no_change() -> None:
    slow = Window(45, 5.0, 400.0, 900.0)
    assert changed(compare([*FLAT_WINDOWS[:4], slow, *FLAT_WINDOWS[5:]], FLAT_SAMPLES)) == []


def test_memory_and_descriptors_of_a_process_are_read() -> None:
    opens = "import sys; files = [open('/dev/null') for _ in range(20)]; print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", opens], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        found = HeldByProcesses(process.pid).read()[EMULATOR]
        process.communicate(b"\n")
    assert 23 <= found.descriptors < 30
    assert 1 < found.memory_mb < 100


@pytest.mark.parametrize(
    "stats",
    [  # of control groups in version 1 and 2 (Linux: cgroup-v1/memory, cgroup-v2); `file` has tmpfs as well
        {"total_cache": 10_000_000, "total_rss": 19_000_000, "total_inactive_file": 4_000_000},
        {"file": 13_000_000, "shmem": 3_000_000, "anon": 16_000_000, "inactive_file": 4_000_000},
    ],
)
def test_a_service_with_two_containers_is_one_part_without_its_file_cache(stats: dict[str, int]) -> None:
    """A file that is read and written all the time, like the emulator's journal, is not the program's memory."""
    memory = {"memory_stats": {"usage": 30_000_000, "stats": stats}}
    container = SimpleNamespace(
        id="one",
        labels={"com.docker.compose.service": "face-detection"},
        top=lambda ps_args: {"Processes": [[str(os.getpid())]]},
    )
    listed = {"label=com.docker.compose.project=shop": [container, container]}
    engine = SimpleNamespace(
        api=SimpleNamespace(stats=lambda _, **__: memory),
        containers=SimpleNamespace(list=lambda filters: listed["label=" + filters["label"]]),
    )
    found = HeldByContainers(engine, "shop").read()
    assert found["face-detection"].memory_mb == 40
    assert found["face-detection"].descriptors > 5
