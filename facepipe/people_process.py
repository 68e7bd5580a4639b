"""Runs the people service, which changes the gallery for the console, beside a pipeline on this machine."""

import contextlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from emulator.console_addresses import SOCKET
from emulator.settings import Settings
from facepipe.paths import Paths

log = logging.getLogger(__name__)

NAME = "people"  #: by which the console's pages know the service
STARTS = 5  #: a service that ends again and again is not started any more
STOP_S = 10.0
NICE = 10  #: the functions start at the same time, and the first photo waits for them
_PREFIX, _NAME = "facepipe-", "people.sock"
_RANDOM = 8  #: characters that `tempfile` adds to a folder's name
SOCKET_BYTES = 107  #: the longest address of a socket in the file system, as unix(7) has it


@contextlib.contextmanager
def people_service(paths: Paths, settings: Settings, gallery: Path, *, keep: bool) -> Iterator[Settings]:
    """Run the service while the block lasts; yield the settings with which the console's pages reach it.

    Its socket is in a folder that only this user can open.
    """
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder_for_sockets()) as folder:
        socket = Path(folder) / _NAME
        command = [sys.executable, "-P", "-m", "services.enrolment.people_service", "--until-input-ends"]
        command += ["--gallery", str(gallery.absolute()), "--models", str(paths.models), "--socket", str(socket)]
        command += ["--sample", str(paths.samples / "grace_hopper.jpg"), "--keep-pictures", "on" if keep else "off"]
        service = _Service(command, paths.root)
        service.start()
        try:
            yield replace(settings, console_services={NAME: f"{SOCKET}{socket}", **settings.console_services})
        finally:
            service.stop()


def folder_for_sockets() -> str | None:
    """Return a folder whose sockets have short enough addresses, /tmp; None if that of temporary files is one."""
    usual = Path(tempfile.gettempdir()) / f"{_PREFIX}{'x' * _RANDOM}" / _NAME
    return "/tmp" if len(os.fsencode(usual)) > SOCKET_BYTES else None  # noqa: S108  # the folder in it is private


@dataclass(slots=True)
class _Service:
    """A process that is restarted when it ends by itself. It ends with this process: its standard input ends."""

    command: Sequence[str]
    root: Path  #: from which its modules are imported
    _process: subprocess.Popen[bytes] | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._process = self._run()
        self._thread = threading.Thread(target=self._keep_running, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        process, thread = self._process, self._thread
        if process and process.stdin and thread:
            process.stdin.close()
            thread.join(STOP_S)
            if process.poll() is None:
                process.kill()
                thread.join()

    def _run(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(self.root), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        # A session of its own: Ctrl-C is for the program that started it, which ends it after its own end.
        process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )  # fmt: skip
        with contextlib.suppress(OSError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        return process

    def _keep_running(self) -> None:
        for _ in range(STARTS):
            if self._process is None:
                return
            code = self._process.wait()
            if self._process.stdin:
                self._process.stdin.close()
            if self._stopping.is_set():
                return
            log.warning("the console's service for people ended (exit code %d); it is started again", code)
            self._process = self._run()
        log.warning("the console's service for people ends again and again, and is not started any more")
