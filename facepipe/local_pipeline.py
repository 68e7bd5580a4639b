"""The pipeline on this machine: its settings, and running it in a process of its own."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from emulator.kept_places import JournalPlace
from emulator.setting import as_arguments
from emulator.settings import Native, Ports, Settings
from facepipe.client.endpoints import Endpoints
from facepipe.paths import Paths

START_S = 90.0
STOP_S = 45.0


class PipelineError(RuntimeError):
    """The pipeline did not come up; the message has its last words."""


def local_settings(paths: Paths, settings: Settings, gallery: Path) -> Settings:
    """Return settings for the application in this checkout: its functions as processes, its people from `gallery`."""
    parameters = dict(settings.parameters)
    if settings.template == paths.template:
        parameters.setdefault("Gallery", str(gallery.absolute()))
    native = Native(paths.rie / "aws-lambda-rie", paths.root, {"MODELS_DIR": str(paths.models)})
    return replace(settings, parameters=parameters, native=native)


@dataclass(frozen=True, slots=True)
class LocalPipeline:
    """A pipeline in a process of its own."""

    process: subprocess.Popen[str]
    ports: Ports
    log: Path

    @property
    def endpoints(self) -> Endpoints:
        """Where it is."""
        local = "http://127.0.0.1"
        api = f"{local}:{self.ports.api}"
        return Endpoints(f"{local}:{self.ports.url}/", f"{local}:{self.ports.sqs}", api=api)

    @property
    def health(self) -> str:
        """The URL that tells how it is."""
        return f"http://127.0.0.1:{self.ports.api}/health"


@contextlib.contextmanager
def running(settings: Settings, log: Path, *, gallery: Path | None = None) -> Iterator[LocalPipeline]:
    """Run a pipeline for as long as the block lasts, with its output in `log`.

    Its journal is beside the log, if the settings name none. `PipelineError` when it does not come up.
    """
    if settings.journal == JournalPlace():
        settings = replace(settings, journal=JournalPlace(log.with_suffix(".journal")))
    command = [sys.executable, "-P", "-m", "facepipe", "up", *as_arguments(settings)]
    command += ["--gallery", str(gallery or log.with_suffix(".npz"))]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True, text=True
        )
    pipeline = LocalPipeline(process, settings.ports, log)
    try:
        _wait_until_ready(pipeline)
        yield pipeline
    finally:
        _stop(process)


def _wait_until_ready(pipeline: LocalPipeline) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if pipeline.process.poll() is not None:
            raise PipelineError(_last_words(pipeline.log))
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(pipeline.health, timeout=5).status_code == 200:
                return
        time.sleep(0.05)
    raise PipelineError(f"the pipeline is not ready after {START_S:g} s; its log is {pipeline.log}")


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].removeprefix("facepipe: ") if lines else f"the pipeline ended without a word; see {log}"


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
