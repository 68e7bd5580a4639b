"""Which containers and networks are left over, and who removes them."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest
from docker.errors import APIError, NotFound

from emulator.containers import removal
from emulator.containers.removal import remove_leftovers
from emulator.containers.run_labels import HOST, PROCESS, RUN, Run, identity, is_left_over, lives
from emulator.containers.watcher import end_watcher, start_watcher


def test_a_process_is_known_by_its_number_and_its_start() -> None:
    assert lives(identity(os.getpid()))
    assert not lives(f"{os.getpid()}:1"), "another process that had this number"
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as child:
        child.wait()
    assert identity(child.pid) == ""
    assert not lives("")


@pytest.mark.parametrize(
    ("labels", "left"),
    [
        ({HOST: "here", PROCESS: "1:2"}, True),
        ({HOST: "here", PROCESS: "alive"}, False),
        ({HOST: "another machine with the same Docker", PROCESS: "1:2"}, False),
        ({HOST: "here"}, False),
        ({}, False),
    ],
)
def test_only_what_belongs_to_an_ended_emulator_of_this_host_is_left_over(labels: dict[str, str], left: bool) -> None:
    assert is_left_over(labels, "here", lambda process: process == "alive") is left


@dataclass
class Docker:
    """A Docker engine that has containers, which go when they are asked for the second time, and networks."""

    have: list[dict[str, Any]]
    have_networks: list[dict[str, Any]]
    stubborn: set[str] = field(default_factory=set)

    @property
    def api(self) -> "Docker":
        return self

    def containers(self, *, all: bool, filters: dict[str, str]) -> list[dict[str, Any]]:  # noqa: A002
        assert all, "also those that have ended"
        return self._with(self.have, filters)

    def networks(self, *, filters: dict[str, str]) -> list[dict[str, Any]]:
        return self._with(self.have_networks, filters)

    @staticmethod
    def _with(things: list[dict[str, Any]], filters: dict[str, str]) -> list[dict[str, Any]]:
        key, _, value = filters["label"].partition("=")
        return [thing for thing in things if thing["Labels"].get(key) == value]

    def remove_container(self, name: str, *, force: bool, v: bool) -> None:
        if name in self.stubborn:
            self.stubborn.discard(name)
            raise APIError("removal is already in progress")
        self.have[:] = [one for one in self.have if one["Id"] != name]

    def remove_network(self, name: str) -> None:
        if self.have:
            raise APIError("it has active endpoints")
        self.have_networks[:] = [one for one in self.have_networks if one["Id"] != name]
        raise NotFound("another one removed it")


def test_everything_of_an_ended_emulator_is_removed_at_the_next_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "PAUSE_S", 0)
    dead, alive = Run("dead", "here", "1:2").labels("f"), Run(host="here").labels("f")
    ours = {"Id": "ours", "Labels": alive}
    docker = Docker([{"Id": "c", "Labels": dead}], [{"Id": "n", "Labels": dead}, ours], stubborn={"c"})
    assert remove_leftovers(docker, "here") == 1
    assert (docker.have, docker.have_networks) == ([], [ours])
    assert remove_leftovers(docker, "here") == 0
    assert alive[RUN] != dead[RUN]


def test_a_watcher_waits_for_the_emulators_end_and_ctrl_c_does_not_reach_it() -> None:
    watcher = start_watcher("no-such-run")
    assert os.getsid(watcher.pid) != os.getsid(0)
    assert watcher.poll() is None
    end_watcher(watcher)
    assert watcher.returncode is not None
