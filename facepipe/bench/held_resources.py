"""The memory and the open descriptors of a running pipeline, by part: processes of this machine, or containers."""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from facepipe.bench.processor_times import parts_of

PROJECT_LABEL, SERVICE_LABEL = "com.docker.compose.project", "com.docker.compose.service"


@dataclass(frozen=True, slots=True)
class Held:
    """What one part holds at one moment."""

    memory_mb: float
    descriptors: int  #: 0 where the system does not let this user count them


class HeldReader(Protocol):
    """Reads what every part holds now."""

    def read(self) -> Mapping[str, Held]:
        """Return it, by part."""


@dataclass(frozen=True, slots=True)
class HeldByProcesses:
    """A pipeline that runs as processes below the emulator's."""

    emulator_pid: int

    def read(self) -> Mapping[str, Held]:
        """Add up the processes of each part; a page that several processes share is divided among them."""
        found = defaultdict[str, list[int]](list)
        for pid, part in parts_of(self.emulator_pid):
            found[part].append(pid)
        return {part: Held(sum(map(_memory_mb, pids)), _descriptors(pids)) for part, pids in found.items()}


@dataclass(frozen=True, slots=True)
class HeldByContainers:
    """A pipeline in Compose's containers; a part is a service."""

    client: Any  #: docker.DockerClient
    project: str = "facepipe"

    def read(self) -> Mapping[str, Held]:
        """Ask Docker for each container's memory, without the files that the system keeps in it."""
        found = defaultdict[str, list[Held]](list)
        for container in self.client.containers.list(filters={"label": f"{PROJECT_LABEL}={self.project}"}):
            memory = self.client.api.stats(container.id, stream=False, one_shot=True)["memory_stats"]
            used = memory.get("usage", 0) - _file_cache(memory.get("stats", {}))
            pids = [int(row[0]) for row in container.top(ps_args="-o pid")["Processes"]]
            found[container.labels[SERVICE_LABEL]].append(Held(used / 1e6, _descriptors(pids)))
        return {
            part: Held(sum(one.memory_mb for one in held), sum(one.descriptors for one in held))
            for part, held in found.items()
        }


def _file_cache(stats: Mapping[str, int]) -> int:
    """Return the bytes of files in a control group's memory; tmpfs is none of them in version 2."""
    return stats["file"] - stats.get("shmem", 0) if "file" in stats else stats.get("total_cache", 0)


def _memory_mb(pid: int) -> float:
    """Return a process's proportional memory; 0 when it is gone or belongs to somebody else."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1000
    return 0.0


def _descriptors(pids: Iterable[int]) -> int:
    count = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            count += sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return count
