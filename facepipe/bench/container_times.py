"""The processor time of a pipeline in compose, by part: each container is asked for the times of its processes."""

import subprocess
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import httpx

from facepipe.bench.process_costs import seconds_in
from facepipe.bench.processor_times import CLIENT, EMULATOR, ENGINES, RIE, Times

QUEUES = "queue server"
SERVICES = {"elasticmq": QUEUES, "emulator": EMULATOR}  #: of compose.yaml; functions are services of their own names
SUPERVISOR_PID = 1
READER = ("cat", "sh")
READ_ALL = "cat /proc/[0-9]*/stat 2>/dev/null"


class ContainerTimesError(RuntimeError):
    """The containers cannot be found or asked; the message names the cure."""


def compose_project(api: str) -> str:
    """Return the compose project on this machine whose emulator has this API; empty if there is none."""
    port = httpx.URL(api).port if api else None
    label = '{{.Label "com.docker.compose.project"}}'
    return _docker(["ps", "--filter", f"publish={port}", "--format", label]).strip() if port else ""


def read_container_times(project: str, functions: Collection[str]) -> Times:
    """Return what this process and each part of a project's containers have used so far."""
    found: dict[str, float] = defaultdict(float)
    found[CLIENT] = time.process_time()
    service = '{{.ID}} {{.Label "com.docker.compose.service"}}'
    listed = _docker(["ps", "--filter", f"label=com.docker.compose.project={project}", "--format", service])
    for container, name in (line.split() for line in listed.splitlines()):
        if name in SERVICES or name in functions:
            text = _docker(["exec", container, "sh", "-c", READ_ALL])
            for part, seconds in parts_of(name, text.splitlines()).items():
                found[part] += seconds
    return found


def parts_of(service: str, lines: Sequence[str]) -> Mapping[str, float]:
    """Return the processor time of one container's processes by part, from the lines of their /proc/PID/stat."""
    found: dict[str, float] = defaultdict(float)
    for pid, name, seconds in _processes(lines):
        if name not in READER:
            is_engine = pid == SUPERVISOR_PID or name.startswith(RIE)
            found[SERVICES.get(service, ENGINES if is_engine else service)] += seconds
    return found


def _processes(lines: Sequence[str]) -> Iterator[tuple[int, str, float]]:
    for line in lines:
        before, _, _ = line.rpartition(")")
        pid, _, name = before.partition(" (")
        yield int(pid), name, seconds_in(line)


def _docker(arguments: Sequence[str]) -> str:
    try:
        done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    except OSError as error:
        raise ContainerTimesError(f"docker cannot be run ({error.strerror}); it tells what containers use") from error
    if done.returncode and not done.stdout:
        problem = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        raise ContainerTimesError(f"docker {arguments[0]} failed: {problem}")
    return done.stdout
