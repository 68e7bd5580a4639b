"""How many threads a function's nets may have: by its memory as on Lambda, and by a container's quota."""

import os
from pathlib import Path

import pytest

from services.nets.cpus import available_cpus


@pytest.fixture(autouse=True)
def eight_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))


@pytest.mark.parametrize(
    ("memory_mb", "cpus"), [("128", 1), ("1769", 1), ("3008", 1), ("3538", 2), ("10240", 5), ("no number", 8)]
)
def test_a_function_has_a_cpu_for_each_1769_mb(memory_mb: str, cpus: int, tmp_path: Path) -> None:
    """Lambda developer guide: at 1,769 MB, a function has the equivalent of one vCPU."""
    assert available_cpus({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memory_mb}, cgroup=tmp_path) == cpus


def test_a_program_that_is_no_function_may_use_every_cpu(tmp_path: Path) -> None:
    assert available_cpus({}, cgroup=tmp_path) == 8


@pytest.mark.parametrize(("quota", "cpus"), [("max 100000", 8), ("150000 100000", 1), ("400000 100000", 4)])
def test_a_quota_of_cgroup_v2_is_kept(quota: str, cpus: int, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    assert available_cpus({}, cgroup=tmp_path) == cpus


def test_a_quota_of_cgroup_v1_is_kept(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text("200000")
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000")
    assert available_cpus({}, cgroup=tmp_path) == 2
    assert available_cpus({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769"}, cgroup=tmp_path) == 1
