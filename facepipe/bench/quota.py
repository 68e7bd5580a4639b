"""A share of a CPU, as Lambda gives it to a small function: a quota of the kernel's CPU controller."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

PERIOD_US = 100_000
CGROUP = Path("/sys/fs/cgroup")


class QuotaError(RuntimeError):
    """No quota can be set here; the message says why."""


@contextlib.contextmanager
def limited(cpus: float | None, root: Path = CGROUP) -> Iterator[list[str]]:
    """Yield the front of a command line that starts a program under this share of a CPU; without a share, nothing."""
    if cpus is None:
        yield []
        return
    version_1 = (root / "cpu" / "cpu.cfs_quota_us").exists() or (root / "cpu" / "cgroup.procs").exists()
    group = (root / "cpu" if version_1 else root) / f"facepipe-bench-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        raise QuotaError(
            f"a CPU quota needs the right to make a cgroup in {group.parent} ({error.strerror})"
        ) from error
    try:
        _set(group, cpus, version_1=version_1)
        yield ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(group / "cgroup.procs")]
    finally:
        with contextlib.suppress(OSError):
            group.rmdir()


def _set(group: Path, cpus: float, *, version_1: bool) -> None:
    quota = round(cpus * PERIOD_US)
    try:
        if version_1:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US), encoding="ascii")
            (group / "cpu.cfs_quota_us").write_text(str(quota), encoding="ascii")
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}", encoding="ascii")
    except OSError as error:
        raise QuotaError(f"{group.parent} has no CPU controller to set a quota with ({error.strerror})") from error
