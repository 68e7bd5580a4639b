"""The processor time of a pipeline on this machine, by part: client, emulator, engines, and each function."""

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from facepipe.bench.process_costs import cpu_s, descendants

CLIENT, EMULATOR, ENGINES = "client", "emulator", "engines"  #: engines: RIE and the supervisors
FUNCTION_NAME, RIE = b"AWS_LAMBDA_FUNCTION_NAME=", "aws-lambda-rie"

Times = Mapping[str, float]  #: seconds so far, by part; functions by their names


def read_processor_times(emulator_pid: int) -> Times:
    """Return what this process, the emulator and the processes below it have used so far."""
    found: dict[str, float] = defaultdict(float)
    found[CLIENT] = time.process_time()
    for pid, part in parts_of(emulator_pid):
        found[part] += cpu_s(pid)
    return found


def parts_of(emulator_pid: int) -> Iterator[tuple[int, str]]:
    """Yield the emulator's process and those below it, each with the part that it belongs to."""
    yield emulator_pid, EMULATOR
    for pid in descendants(emulator_pid):
        yield pid, _part(pid)


def per_request_ms(before: Times, after: Times, requests: int) -> dict[str, float]:
    """Return the processor time of one request, by part."""
    return {part: round((after[part] - before.get(part, 0.0)) * 1000 / max(1, requests), 2) for part in after}


def _part(pid: int) -> str:
    """Return a process's part: a function's own, by its environment variable, or the engines'."""
    with contextlib.suppress(OSError):
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        name = next((one for one in variables if one.startswith(FUNCTION_NAME)), b"")
        if name and RIE not in Path(f"/proc/{pid}/exe").readlink().name:
            return name.removeprefix(FUNCTION_NAME).decode("utf-8", "replace")
    return ENGINES
