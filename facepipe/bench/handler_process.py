"""A function in a process of its own, without emulator, engine or queue server: what its handler alone costs."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import IO, Any, cast

from emulator.aws.identifiers import DEFAULT_REGION
from facepipe.bench.measured_handler import HandlerOrder
from facepipe.bench.stage_clock import StagePlace
from facepipe.bench.stub_queue import StubQueue
from facepipe.paths import Paths


class HandlerError(RuntimeError):
    """The function's process has ended; the message has its last words."""


@dataclass(frozen=True, slots=True)
class MeasuredFunction:
    """A function of the application."""

    name: str
    module: str  #: what Lambda imports
    queue_variable: str  #: the environment variable of the queue that it sends to


DETECTION = MeasuredFunction("face-detection", "services.face_detection.main", "REQUEST_QUEUE_URL")
RECOGNITION = MeasuredFunction("face-recognition", "services.face_recognition.main", "RESPONSE_QUEUE_URL")


@dataclass(frozen=True, slots=True)
class Handled:
    """One call."""

    response: Any
    processor_ms: float  #: of the process, from the event's bytes to the answer's, without the runtime's HTTP
    stages_ms: Mapping[str, float]  #: parts of it
    wall_ms: float = 0.0  #: by the clock on the wall


@dataclass(frozen=True, slots=True)
class HandlerProcess:
    """A running function; calling it handles one event."""

    events: IO[bytes]
    answers: IO[bytes]
    errors: IO[bytes]

    def __call__(self, event: bytes) -> Handled:
        """Handle an event; `HandlerError` if the function raises."""
        with contextlib.suppress(BrokenPipeError):  # the process has ended: its last words say why
            self.events.write(event + b"\n")
            self.events.flush()
        return Handled(**json.loads(self.line()))

    def line(self) -> bytes:
        """Return the next line of the process."""
        if line := self.answers.readline():
            return line
        self.errors.seek(0)
        words = self.errors.read().decode("utf-8", "replace").strip().splitlines() or ["it wrote nothing"]
        raise HandlerError(f"the measured function has ended: {words[-1]}")


@contextlib.contextmanager
def handler_process(
    function: MeasuredFunction,
    paths: Paths,
    queue: StubQueue,
    *,
    places: Sequence[StagePlace] = (),
    processor: int = -1,
) -> Iterator[HandlerProcess]:
    """Run a function with one thread on one processor for as long as the block lasts.

    `paths` are those of its code and models; the sample gallery is its gallery. `places`: see `Handled.stages_ms`.
    """
    processor = min(os.sched_getaffinity(0)) if processor < 0 else processor
    order = HandlerOrder(function.module, str(paths.root), processor, [list(astuple(place)) for place in places])
    command = [sys.executable, "-P", "-m", "facepipe.bench.measured_handler", json.dumps(asdict(order))]
    variables = {**_variables(paths, queue), function.queue_variable: queue.url}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=variables, cwd=paths.root
        )
        with process:
            try:
                running = HandlerProcess(cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout), errors)
                running.line()
                yield running
            finally:
                process.kill()


def _variables(paths: Paths, queue: StubQueue) -> dict[str, str]:
    """Return the environment: nothing of the user's that botocore would read."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nothing = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    return {
        **own,
        **nothing,
        "AWS_ACCESS_KEY_ID": "stub",
        "AWS_SECRET_ACCESS_KEY": "stub",
        "AWS_REGION": DEFAULT_REGION,
        "AWS_DEFAULT_REGION": DEFAULT_REGION,
        "AWS_ENDPOINT_URL_SQS": queue.endpoint,
        "MODELS_DIR": str(paths.models),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
