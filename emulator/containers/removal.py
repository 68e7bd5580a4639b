"""Knows which containers and networks belong to which emulator, and removes those whose emulator has ended."""

import contextlib
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker.errors import APIError, NotFound

RUN, HOST, PROCESS, FUNCTION = "facepipe.run", "facepipe.host", "facepipe.process", "facepipe.function"
REMOVAL_S, PAUSE_S = 20.0, 0.2
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


def remove_leftovers(client: Any, host: str) -> int:
    """Remove what ended emulators of this host have left; return how many of them left something."""
    runs = {labels[RUN] for labels in _all_labels(client, f"{HOST}={host}") if is_left_over(labels, host)}
    for run in runs:
        remove_run(client, run)
    return len(runs)


def _all_labels(client: Any, label: str) -> Iterator[Mapping[str, str]]:
    for described in client.api.containers(all=True, filters={"label": label}):
        yield described["Labels"]
    for described in client.api.networks(filters={"label": label}):
        yield described["Labels"]


def remove_run(client: Any, run: str) -> None:
    """Remove all containers and networks of an emulator's start, also those that are removed already."""
    end = time.monotonic() + REMOVAL_S
    while _remove_once(client, {"label": f"{RUN}={run}"}) and time.monotonic() < end:
        time.sleep(PAUSE_S)


def _remove_once(client: Any, filters: Mapping[str, str]) -> bool:
    """Remove what there is; return whether anything was there."""
    containers = client.api.containers(all=True, filters=filters)
    for described in containers:
        with contextlib.suppress(NotFound, APIError):  # it is being removed, which it asks Docker for at its end
            client.api.remove_container(described["Id"], force=True, v=True)
    networks = client.api.networks(filters=filters)
    for described in networks:
        with contextlib.suppress(NotFound, APIError):  # a container still has it
            client.api.remove_network(described["Id"])
    return bool(containers or networks)
