"""ministack, an emulator of AWS in Python: installed with pip, with its own settings; functions are processes."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emulator.free_ports import free_ports
from facepipe.bench.peers.made_by_api import ApiProject
from facepipe.bench.peers.measured_peer import (
    LOOK_S,
    QUEUES,
    START_S,
    TRIGGERS,
    URLS,
    PeerError,
    RunningPeer,
    process_of,
)
from facepipe.bench.peers.measured_project import MeasuredProject
from facepipe.bench.peers.own_environments import python_environment

VERSION = "1.5.33"


@dataclass(frozen=True, slots=True)
class MinistackPeer:
    """ministack in an environment of its own."""

    environments: Path  #: the folder of all environments
    name: str = "ministack"
    offers: frozenset[str] = frozenset((URLS, TRIGGERS, QUEUES))
    lacks: str = ""

    @property
    def place(self) -> Path:
        """Return the folder of its environment."""
        return self.environments / f"ministack-{VERSION}"

    def prepare(self) -> str:
        """Install it, and boto3, which Lambda's runtime has for the functions."""
        python_environment(self.place, [f"ministack=={VERSION}", "boto3"])
        return VERSION

    @contextlib.contextmanager
    def running(self, project: MeasuredProject, folder: Path) -> Iterator[RunningPeer]:
        """Start it, and make the project through its APIs."""
        port = free_ports().sqs
        variables = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "STATE_DIR": str(folder / "state")}
        made = ApiProject(f"http://127.0.0.1:{port}", project)
        command = [str(self.place / "bin/ministack")]
        with process_of(command, folder / "log", variables=variables) as process:
            wait_for_port(port, process)
            addresses = made.make(folder)
            yield RunningPeer(self.name, made.endpoint, addresses, made.enable, process.pid)


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process accepts connections. Raises `PeerError`."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(LOOK_S)
    raise PeerError(f"{process.args!r} does not accept connections at port {port}")
