"""Removes the containers and networks of one start of an emulator, and those that ended emulators have left."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

from docker.errors import APIError, NotFound

from emulator.containers.run_labels import HOST, RUN, is_left_over

REMOVAL_S, PAUSE_S = 20.0, 0.2


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
