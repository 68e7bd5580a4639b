"""The cold start of a function: from the start of its process to its first result, with Lambda's own runtime client."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from emulator.aws.identifiers import DEFAULT_REGION
from facepipe.bench.handler_events import batch_event, photo_event
from facepipe.bench.handler_process import DETECTION, RECOGNITION, MeasuredFunction
from facepipe.bench.import_times import PackageImports, imports_by_package
from facepipe.bench.runtime_stub import RuntimeStub, runtime_stub
from facepipe.client.photos import Frame
from facepipe.paths import Paths


@dataclass(frozen=True, slots=True)
class ColdStart:
    """One start, on one processor."""

    init_ms: float  #: from the start of the process until it asks for its first event: Lambda's init phase
    result_ms: float  #: from the start of the process to its first result
    processor_ms: float  #: the processor time of that
    first_call_ms: float  #: from the first event handed out to its result
    next_call_ms: float


def measure_cold_starts(paths: Paths, photos: Sequence[Frame]) -> dict[str, ColdStart]:
    """Start both functions of a checkout once; detection's messages are what recognition is called with."""
    with runtime_stub([photo_event(photo, f"start-{number}") for number, photo in enumerate(photos)]) as stub:
        detection = _started(paths, DETECTION, stub)
    with runtime_stub([batch_event([message]) for message in stub.sent]) as batches:
        return {DETECTION.name: detection, RECOGNITION.name: _started(paths, RECOGNITION, batches)}


def measure_imports(paths: Paths, function: MeasuredFunction) -> list[PackageImports]:
    """Return what a function's process imports until its handler is there, by package."""
    words = f"import awslambdaric.__main__, awslambdaric.bootstrap, {function.module}"
    with runtime_stub([]) as stub:
        command = [sys.executable, "-B", "-X", "importtime", "-c", words]
        run = subprocess.run(
            command, env=_variables(paths, function, stub), cwd=paths.root, capture_output=True, text=True, check=True
        )
    return imports_by_package(run.stderr.splitlines(), sys.stdlib_module_names)


def _started(paths: Paths, function: MeasuredFunction, stub: RuntimeStub) -> ColdStart:
    command = [sys.executable, "-B", "-m", "awslambdaric", f"{function.module}.handler"]
    began = time.monotonic()
    with _process(command, _variables(paths, function, stub), paths.root) as pid:
        stub.wait_for_answers(1)
        processor_s = time.clock_gettime(_processor_clock(pid))
        stub.wait_for_answers(2)
    (asked, asked_again, *_), (answered, answered_again, *_) = stub.asked, stub.answered
    times_s = (asked - began, answered - began, processor_s, answered - asked, answered_again - asked_again)
    init, result, processor, first, following = (seconds * 1000 for seconds in times_s)
    return ColdStart(init, result, processor, first, following)


@contextmanager
def _process(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> Iterator[int]:
    """Run a function on one processor, as Lambda does with 1,769 MB; yield its process id."""
    processor = min(os.sched_getaffinity(0))
    with subprocess.Popen(
        command, env=dict(variables), cwd=folder, stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {processor}),  # noqa: PLW1509  # nothing else runs in this process
    ) as process:  # fmt: skip
        try:
            yield process.pid
        finally:
            process.kill()


def _processor_clock(pid: int) -> int:
    """Return the clock of a process's processor time, as clock_getcpuclockid(3) does on Linux."""
    return (~pid << 3) | 2


def _variables(paths: Paths, function: MeasuredFunction, stub: RuntimeStub) -> dict[str, str]:
    """Return the variables of Lambda and of the template that the functions need, and nothing of the user's."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "AWS_LAMBDA_RUNTIME_API": stub.address,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_REGION": DEFAULT_REGION,
        "AWS_DEFAULT_REGION": DEFAULT_REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "test",
        "AWS_ENDPOINT_URL": f"http://{stub.address}",
        function.queue_variable: f"http://{stub.address}/000000000000/queue",
        "MODELS_DIR": str(paths.models),
    }
