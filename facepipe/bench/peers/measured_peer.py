"""What a peer is: a program that is installed, started with a project, measured and stopped."""

import http.client
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from facepipe.bench.peers.measured_project import MeasuredProject

START_S = 60.0
STOP_S = 15.0
REQUEST_S = 60.0
LOOK_S = 0.01
URLS, TRIGGERS, QUEUES = "urls", "triggers", "queues"  #: what a peer may have


class PeerUnavailableError(RuntimeError):
    """A peer cannot be had here; the message says why."""


class PeerError(RuntimeError):
    """A peer did not do what was measured; the message says what."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send requests for a function: a port of this machine, and what the request names."""

    port: int
    path: str = "/"
    host: str = ""  #: the header Host; "" if it is the port's own


@dataclass(frozen=True, slots=True)
class RunningPeer:
    """A peer that runs the project."""

    name: str
    sqs: str = ""  #: the endpoint of SQS
    addresses: Mapping[str, Address] = field(default_factory=dict)  #: of functions with a URL
    enable: Callable[[str], None] = lambda _queue: None  #: start the trigger of a queue
    emulator_pid: int = 0  #: the process that runs functions
    queue_pid: int = 0  #: the process of the queues, if it is another
    api: str = ""  #: the endpoint of Lambda, if it is another


class Peer(Protocol):
    """A program that runs functions, or queues, or both."""

    @property
    def name(self) -> str:
        """Return its name, for the command line and as the column's title."""

    @property
    def offers(self) -> frozenset[str]:
        """Return which of URLS, TRIGGERS and QUEUES it has."""

    @property
    def lacks(self) -> str:
        """Return why it has not all rows; empty if it has."""

    def prepare(self) -> str:
        """Install what is missing; return its version. Raises `PeerUnavailableError`."""

    def running(self, project: MeasuredProject, folder: Path) -> AbstractContextManager[RunningPeer]:
        """Run a project while the block lasts; its addresses may answer a little later."""


@contextmanager
def process_of(
    command: list[str], log: Path, *, cwd: Path | None = None, variables: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command while the block lasts, in a session of its own; SIGTERM ends it, and SIGKILL its session."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FACEPIPE_", "AWS_"))}
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**environment, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    try:  # what it left behind: functions' processes
        os.killpg(process.pid, 9)
    except ProcessLookupError:
        return


class FunctionClient:
    """Posts to a function on a connection that stays open."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=REQUEST_S)

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Return the status and the body of the answer. Raises `OSError` or `http.client.HTTPException`."""
        headers = {"Content-Type": "text/plain"}
        if self._address.host:
            headers["Host"] = self._address.host
        try:
            self._connection.request("POST", self._address.path, body=body, headers=headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def wait_for_answer(address: Address, body: bytes, within_s: float = START_S) -> float:
    """Post until a function answers with 200; return when. Raises `PeerError`."""
    client, end, last = FunctionClient(address), time.monotonic() + within_s, "nothing"
    while time.monotonic() < end:
        try:
            status, answer = client.post(body)
            if status == 200:
                client.close()
                return time.perf_counter()
            last = f"{status} {answer[:200]!r}"
        except (OSError, http.client.HTTPException) as error:
            last = str(error)
        time.sleep(LOOK_S)
    raise PeerError(f"port {address.port} did not answer within {within_s:g} s: {last}")
