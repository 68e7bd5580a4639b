"""A pipeline that is started for a run of tests, by a process of its own: theirs may have other `services`."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from facepipe.client.endpoints import Endpoints
from facepipe.paths import HOME_VARIABLE, Paths
from facepipe.pipeline_choice import ToStart
from facepipe.project_place import FACES
from facepipe.up_process import PipelineError, last_words, stop, wait_until_ready

SAMPLE_GALLERY = "sample-gallery.npz"  #: beside the models; services/face_recognition/settings.py names it
ENROL_S = 300.0
SLOW_S = 5.0
PORTS_S = 30.0
PREPARE_S = 1800.0  #: that virtual environments of the functions may take the first time
Say = Callable[[str], None]
KEPT_VARIABLES = {HOME_VARIABLE, "FACEPIPE_PARAMETERS"}


@dataclass(frozen=True, slots=True)
class Galleries:
    """The people of a pipeline that was started for a run: now, and at its start."""

    now: Path
    first: Path

    def enrol(self, people: Path) -> None:
        """Add the people of a folder. Raises `PipelineError` if one of them, or a photo, was left out."""
        command = [*_facepipe("facepipe"), "enrol", str(people), "--gallery", str(self.now)]
        done = subprocess.run(
            command, env=_variables(), capture_output=True, text=True, check=False, timeout=ENROL_S, cwd=people
        )
        if done.returncode:
            raise PipelineError(f"not everybody in {people} was enrolled:\n{done.stdout}{done.stderr}".strip())

    def restore(self) -> None:
        """Forget who was enrolled since the start."""
        part = self.now.with_name(f"{self.now.name}.first")
        shutil.copyfile(self.first, part)
        part.replace(self.now)


@dataclass(frozen=True, slots=True)
class StartedPipeline:
    """Where a started pipeline is, and its people if it is facepipe's own face recognition."""

    endpoints: Endpoints  #: without URL and response queue for another project: they are found when they are needed
    galleries: Galleries | None
    function: str = ""  #: whose URL takes photos; empty if there is one only
    response_queue: str = ""  #: where results come; empty if there is one only


@contextlib.contextmanager
def started(order: ToStart, folder: Path, *, paths: Paths, say: Say = lambda _: None) -> Iterator[StartedPipeline]:
    """Run a pipeline while the block lasts, with its log, journal and gallery in `folder`.

    Raises `PipelineError` if something that it needs is missing, or if it does not start.
    """
    galleries = _galleries(order, folder, paths)
    log, ports_file = folder / "facepipe.log", folder / "ports.json"
    options = [str(order.template)] if order.template else [FACES]
    options += ["--gallery", str(galleries.now)] if galleries else []
    options += [
        "--no-console",
        "--no-watch",
        "--queues",
        "memory",
        "--journal",
        str(folder / "journal.sqlite"),
        *order.options,
    ]
    command = [*_facepipe("facepipe.fixture_server"), str(ports_file), *options]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            env=_variables(),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            text=True,
        )
    try:
        with _telling_if_slow(say, log):
            ports = _ports(process, ports_file, log)
            wait_until_ready(process, f"http://127.0.0.1:{ports['api']}/health", log, prepare_s=PREPARE_S)
        yield StartedPipeline(
            _endpoints(ports, own=order.template is None), galleries, order.function, order.response_queue
        )
    finally:
        stop(process)


@contextlib.contextmanager
def _telling_if_slow(say: Say, log: Path) -> Iterator[None]:
    """Tell what takes so long, unless the block ends before."""
    timer = threading.Timer(SLOW_S, say, [f"facepipe is still preparing the functions; its log is {log}"])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _galleries(order: ToStart, folder: Path, paths: Paths) -> Galleries | None:
    """Return copies of the gallery, so that no test changes a file of the user's; None for another project."""
    if order.template is not None:
        return None
    sample = paths.models / SAMPLE_GALLERY
    if not sample.exists():
        raise PipelineError(
            f"there are no models in {paths.models}: run `facepipe models` once, which downloads about 110 MB"
        )
    galleries = Galleries(folder / "gallery.npz", folder / "first-gallery.npz")
    for copy in (galleries.first, galleries.now):
        shutil.copyfile(order.gallery or sample, copy)
    return galleries


def _endpoints(ports: Mapping[str, int], *, own: bool) -> Endpoints:
    local = "http://127.0.0.1"
    sqs, api = f"{local}:{ports['sqs']}", f"{local}:{ports['api']}"
    return Endpoints(f"{local}:{ports['url']}/", sqs, api=api) if own else Endpoints("", sqs, "", api=api)


def _ports(process: subprocess.Popen[str], file: Path, log: Path) -> Mapping[str, int]:
    deadline = time.monotonic() + PORTS_S
    while not file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise PipelineError(last_words(log))
        time.sleep(0.02)
    ports: dict[str, int] = json.loads(file.read_text(encoding="utf-8"))
    return ports


def _facepipe(module: str) -> Sequence[str]:
    return [sys.executable, "-P", "-m", module]


def _variables() -> Mapping[str, str]:
    """Return the variables of a process of facepipe: those that would name another pipeline are left out."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith("FACEPIPE_") or name in KEPT_VARIABLES
    }
