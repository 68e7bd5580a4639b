"""Every accepted request gets its result, whatever is killed, restarted, paused or stopped meanwhile."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import docker
import httpx
import pytest
import requests

from facepipe.client.photo_rows import Row
from facepipe.client.tables import summary
from tests.acceptance.compose import ComposePipeline
from tests.acceptance.test_load import assert_every_name_is_right, hundred_frames

pytestmark = pytest.mark.timeout(900)

KILL = """
import os, signal
for pid in filter(str.isdigit, os.listdir("/proc")):
    line = open(f"/proc/{pid}/cmdline").read().split("\\0")
    rie = line[0].endswith("aws-lambda-rie")
    handler = line[1:3] == ["-m", "awslambdaric"]
    if %s:
        os.kill(int(pid), signal.SIGKILL)
"""


NEEDED = {"rie killed", "handler killed", "container restarted", "elasticmq killed", "emulator restarted"}


PAUSE_S, PATIENCE_S = 3.0, 30.0  #: between two acts: always, and until a photo was recognised meanwhile


class Chaos(threading.Thread):
    """Breaks one thing after the other until told to stop.

    It lets a photo pass before the next act: on a slow machine a function that is killed every few seconds never does
    anything.
    """

    def __init__(self, containers: ComposePipeline) -> None:
        super().__init__()
        self.containers, self.done, self.stop = containers, Counter[str](), threading.Event()
        self.client = docker.from_env()

    def run(self) -> None:
        acts = self._acts()
        while not self.stop.wait(PAUSE_S):
            name, act = next(acts)
            with contextlib.suppress(docker.errors.DockerException, requests.RequestException, IndexError):
                act()
                self.done[name] += 1
            self._let_a_photo_pass()

    def _let_a_photo_pass(self) -> None:
        before, end = self._recognised(), time.monotonic() + PATIENCE_S
        while self._recognised() <= before and time.monotonic() < end and not self.stop.wait(0.5):
            pass

    def _recognised(self) -> int:
        """How many calls of face-recognition have ended, as far as is known now."""
        with contextlib.suppress(httpx.HTTPError, KeyError):
            functions = httpx.get(f"{self.containers.endpoints.api}/stats").json()["functions"]
            return int(functions["face-recognition"]["invocations"])
        return 0

    def _acts(self) -> Iterator[tuple[str, Callable[[], object]]]:
        rare: dict[int, tuple[str, Callable[[], object]]] = {
            5: ("elasticmq paused 10 s", self._pause),
            7: ("elasticmq killed", partial(self._restart, "elasticmq")),
            9: ("emulator restarted", partial(self._restart, "emulator")),
        }
        for turn in count(1):
            function, kind = ("face-detection", "face-recognition")[turn % 2], ("rie", "handler")[turn // 2 % 2]
            if turn in rare:
                yield rare[turn]
            elif turn % 6 == 0:
                yield "container restarted", partial(self._restart, function)
            else:
                yield f"{kind} killed", partial(self._kill, function, kind)

    def _kill(self, function: str, kind: str) -> None:
        self._one(function).exec_run(["python3", "-S", "-c", KILL % kind])

    def _restart(self, service: str) -> None:
        self._one(service).restart(timeout=0)

    def _one(self, service: str) -> "docker.models.containers.Container":
        running = self.containers.containers(service)
        return running[int(time.time()) % len(running)]

    def _pause(self) -> None:
        server = self._one("elasticmq")
        server.pause()
        time.sleep(10)
        server.unpause()


def test_every_accepted_request_gets_its_result(
    containers: ComposePipeline, samples: Path, record_figure: Callable[[str], None]
) -> None:
    chaos = Chaos(containers)
    chaos.start()
    rows: list[Row] = []
    try:
        while len(rows) < 100 or not set(chaos.done) >= NEEDED:
            rows += containers.send(
                hundred_frames(samples), in_flight=20, timeout_s=240, attempts=60, linger_s=1, persistent=True
            )
    finally:
        chaos.stop.set()
        chaos.join()
        containers.wait_until_ready()
    accepted = [row for row in rows if row.faces is not None]
    assert [row.problem for row in accepted if not row.completed] == []
    assert_every_name_is_right(accepted)
    record_figure(f"{len(rows)} requests in containers while {dict(chaos.done)}: {summary(rows)}")
