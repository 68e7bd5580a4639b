"""Runs the pipeline on this machine in a process of its own."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from emulator.kept_places import JournalPlace
from emulator.setting import as_arguments
from emulator.settings import Ports, Settings
from facepipe.client.endpoints import Endpoints
from facepipe.client.private_file import made_private
from facepipe.up_process import stop, wait_until_ready


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
    """Run a pipeline for as long as the block lasts, with its output in `log`, which only its user may read.

    Its journal is beside the log, if the settings name none. `PipelineError` when it does not come up.
    """
    if settings.journal == JournalPlace():
        settings = replace(settings, journal=JournalPlace(log.with_suffix(".journal")))
    command = [sys.executable, "-P", "-m", "facepipe", "up", *as_arguments(settings)]
    command += ["--gallery", str(gallery or log.with_suffix(".npz"))]
    with made_private(log).open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True, text=True
        )
    pipeline = LocalPipeline(process, settings.ports, log)
    try:
        wait_until_ready(process, pipeline.health, log)
        yield pipeline
    finally:
        stop(process)
