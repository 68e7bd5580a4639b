"""The labels by which containers and networks belong to one start of an emulator."""

import os
import socket
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

RUN, HOST, PROCESS, FUNCTION = "facepipe.run", "facepipe.host", "facepipe.process", "facepipe.function"
_START_TIME = 19  #: the field of /proc/PID/stat with the process's start, after the name


@dataclass(frozen=True, slots=True)
class Run:
    """One start of an emulator. Its containers and networks carry its labels."""

    name: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    host: str = field(default_factory=socket.gethostname)
    process: str = field(default_factory=lambda: identity(os.getpid()))

    def labels(self, function: str) -> dict[str, str]:
        """Return the labels of what is made for a function."""
        return {RUN: self.name, HOST: self.host, PROCESS: self.process, FUNCTION: function}


def identity(process: int) -> str:
    """Return a process's number and the time of its start, because numbers are used again; "" if there is none."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return f"{process}:{text.rpartition(')')[2].split()[_START_TIME]}"


def lives(process: str) -> bool:
    """Return whether the process with this identity still runs."""
    number = process.partition(":")[0]
    return number.isdecimal() and identity(int(number)) == process


def is_left_over(labels: Mapping[str, str], host: str, is_alive: Callable[[str], bool] = lives) -> bool:
    """Return whether something with these labels belongs to an emulator of this host that has ended."""
    return labels.get(HOST) == host and PROCESS in labels and not is_alive(labels[PROCESS])
