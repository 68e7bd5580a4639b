"""How many CPUs there are for the nets."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

MB_OF_A_CPU = 1769  #: Lambda developer guide, "Configure Lambda function memory"


def available_cpus(environment: Mapping[str, str] = os.environ, *, cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Return how many CPUs this process may use, at least one: its affinity, cut by its memory and by a quota.

    Lambda gives a CPU for each 1,769 MB (RT-04). A function sees two CPUs and more and is held back in using them, so
    that its memory says more than they do. Containers have a quota of cgroup v2 or v1 as well.
    """
    limits = [float(len(os.sched_getaffinity(0))), *_quotas(cgroup)]
    with contextlib.suppress(KeyError, ValueError):
        limits.append(float(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) / MB_OF_A_CPU)
    return max(1, int(min(limits)))


def _quotas(cgroup: Path) -> Iterator[float]:
    for quota_file, period_file in (("cpu.max", None), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            fields = (cgroup / quota_file).read_text(encoding="ascii").split()
            if period_file:
                fields += (cgroup / period_file).read_text(encoding="ascii").split()
            quota, period = float(fields[0]), float(fields[1])
        except (OSError, ValueError, IndexError):  # "max": no quota
            continue
        if quota > 0:
            yield quota / period
