from pathlib import Path

import pytest

from facepipe.bench.quota import QuotaError, limited


def only_group(folder: Path) -> Path:
    (group,) = [path for path in folder.iterdir() if path.is_dir()]
    return group


def test_version_2_takes_the_quota_and_the_period_in_one_file(tmp_path: Path) -> None:
    with limited(0.5, tmp_path) as front:
        assert (only_group(tmp_path) / "cpu.max").read_text() == "50000 100000"
        assert front[-1] == str(only_group(tmp_path) / "cgroup.procs")


def test_version_1_takes_them_in_two_files_of_its_cpu_controller(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cgroup.procs").touch()
    with limited(1, tmp_path):
        group = only_group(tmp_path / "cpu")
        assert (group / "cpu.cfs_quota_us").read_text() == "100000"
        assert (group / "cpu.cfs_period_us").read_text() == "100000"


def test_without_a_share_there_is_no_group(tmp_path: Path) -> None:
    with limited(None, tmp_path) as front:
        assert front == []
        assert list(tmp_path.iterdir()) == []


def test_where_no_group_can_be_made_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(QuotaError, match="the right to make a cgroup"), limited(0.5, tmp_path / "absent"):
        pass
