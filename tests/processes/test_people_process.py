"""The people service beside a pipeline: it runs as long as the pipeline, and is restarted when it ends."""

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from emulator.console_addresses import SOCKET
from emulator.settings import Settings
from facepipe.paths import Paths
from facepipe.people_process import NAME, people_service
from services.enrolment.gallery_place import seed

STARTED = """
import sys
from pathlib import Path
from emulator.settings import Settings
from facepipe.paths import Paths
from facepipe.people_process import NAME, people_service
with people_service(Paths(), Settings(Path("none")), Path(sys.argv[1]), keep=True) as settings:
    print(settings.console_services[NAME], flush=True)
    sys.stdin.read()
"""


def people(address: str) -> list[str]:
    """Ask the service who is enrolled, as soon as it listens."""
    process_behind(address)
    with httpx.Client(transport=httpx.HTTPTransport(uds=address.removeprefix(SOCKET)), timeout=60) as client:
        return [person["name"] for person in client.get("http://people/people").json()["people"]]


def process_behind(address: str) -> int:
    """Return the process that listens on a socket, as soon as there is one."""
    while True:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(address.removeprefix(SOCKET))
            except (FileNotFoundError, ConnectionRefusedError):
                select.select([], [], [], 0.05)  # it is being started
                continue
            return int.from_bytes(client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)[:4], sys.byteorder)


def wait_until_ended(process: int) -> None:
    """Wait for the end of a process that is not necessarily a child of this one."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        assert select.select([handle], [], [], 60)[0], "it runs on"
    finally:
        os.close(handle)


def test_it_comes_back_after_a_crash_and_ends_with_the_pipeline(models_dir: Path, tmp_path: Path) -> None:
    gallery = tmp_path / "gallery.npz"
    seed(gallery, models_dir)
    with people_service(Paths(), Settings(Path("none")), gallery, keep=True) as settings:
        address = settings.console_services[NAME]
        assert people(address) == ["Grace Hopper"]
        first = process_behind(address)
        os.kill(first, signal.SIGKILL)
        wait_until_ended(first)
        assert people(address) == ["Grace Hopper"]
        second = process_behind(address)
        assert second != first
    wait_until_ended(second)
    assert not Path(address.removeprefix(SOCKET)).parent.exists()


def test_it_ends_when_the_program_that_started_it_is_killed(models_dir: Path, tmp_path: Path) -> None:
    gallery = tmp_path / "gallery.npz"
    seed(gallery, models_dir)
    command = [sys.executable, "-c", STARTED, str(gallery)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Paths().root
    ) as program:
        assert program.stdout
        address = program.stdout.readline().strip()
        assert people(address) == ["Grace Hopper"]
        service = process_behind(address)
        program.kill()
        program.wait()
    wait_until_ended(service)
