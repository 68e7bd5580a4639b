"""The first photos after `docker compose up --wait`, in a compose project of its own."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emulator.free_ports import free_ports
from facepipe.bench.first_result import StartBenchError, client
from facepipe.client.endpoints import Endpoints
from facepipe.client.photos import Frame
from facepipe.paths import Paths

PROJECT = "facepipe-bench-start"


@dataclass(frozen=True, slots=True)
class ComposeStarted:
    """One start in containers; times in ms."""

    up_ms: float  #: what `docker compose up --wait` took
    marks: dict[str, float]  #: since it returned (start_marks.py)
    first_ms: float  #: from the first POST to its result
    next_ms: Sequence[float]  #: of the photos after it


def start_compose(paths: Paths, photos: Sequence[Frame], *, engine: str) -> ComposeStarted:
    """Start the pipeline from empty volumes with the images that are here, send photos, and remove everything."""
    ports = free_ports()
    variables = {
        "FACEPIPE_URL_PORT": str(ports.url),
        "FACEPIPE_API_PORT": str(ports.api),
        "FACEPIPE_SQS_PORT": str(ports.sqs),
        "FACEPIPE_RUNTIME": engine,
    }
    endpoints = Endpoints(f"http://127.0.0.1:{ports.url}/", f"http://127.0.0.1:{ports.sqs}")
    try:
        began = time.monotonic()
        _compose(paths, variables, "up", "--wait", "--no-build", "--quiet-pull")
        up = time.monotonic()
        with client(endpoints) as sender:
            sent = sender.send(photos, up)
        return ComposeStarted((up - began) * 1000, sent.marks, sent.first_ms, sent.next_ms)
    finally:
        _compose(paths, variables, "down", "--volumes", "--timeout", "3")


def _compose(paths: Paths, variables: Mapping[str, str], *arguments: str) -> None:
    """Run docker compose; `StartBenchError` has its last words."""
    command = ["docker", "compose", "--project-name", PROJECT, *arguments]
    try:
        run = subprocess.run(
            command, cwd=paths.root, env={**os.environ, **variables}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise StartBenchError("there is no docker command on this machine") from error
    if run.returncode:
        words = run.stderr.strip().splitlines() or ["it wrote nothing"]
        raise StartBenchError(
            f"docker compose {arguments[0]} failed: {words[-1]}; build the images with scripts/images"
        )
