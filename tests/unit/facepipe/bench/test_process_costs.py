from pathlib import Path

from facepipe.bench.process_costs import TICKS, all_s


def process(proc: Path, pid: int, times: tuple[int, int, int, int], children: str = "") -> None:
    """Write what proc_pid_stat(5) says of a process whose name has a space and a bracket."""
    task = proc / str(pid) / "task" / str(pid)
    task.mkdir(parents=True)
    before, used = " 0" * 10, " ".join(map(str, times))
    (proc / str(pid) / "stat").write_text(f"{pid} (a )b) S{before} {used} 20 0\n")
    (task / "children").write_text(children)


def test_running_and_ended_children_count(tmp_path):
    process(tmp_path, 10, (1, 2, 30, 40), "11 12 ")  # 30 and 40: of children that it has waited for
    process(tmp_path, 11, (100, 0, 0, 0), "13 ")
    process(tmp_path, 12, (0, 200, 0, 0))
    process(tmp_path, 13, (0, 0, 0, 400))
    assert all_s(10, tmp_path) == 773 / TICKS


def test_a_process_that_is_gone_has_used_nothing(tmp_path):
    process(tmp_path, 10, (1, 0, 0, 0), "11 ")
    assert all_s(11, tmp_path) == 0.0
    assert all_s(10, tmp_path) == 1 / TICKS
