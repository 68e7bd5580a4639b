"""Builds images with the docker command, which takes Docker's cache, logins and BuildKit as its users know them."""

import os
import re
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from emulator.containers.build_plans import INLINE_FILE, BuildPlan
from emulator.containers.container_image import ContainersError

LAST_LINES = 15  #: of a failed build's output that are shown
NO_COMMAND = "the docker command is not on the PATH; it builds the images: install Docker's command-line programs"
_STEP = re.compile(r"#\d+ (\[.*\d+/\d+\] .+)")  #: `#5 [build 2/4] RUN …`
_NO_BASE = re.compile(r"#(\d+) (?:\[internal\] load metadata for (\S+)|(?:\[[^\]]*\] )?FROM (\S+))")
_FAILED = re.compile(r"#(\d+) ERROR:? (.*)")


def build(function: str, plan: BuildPlan, say: Callable[[str], None]) -> str:
    """Build a function's image, report each step, and return the image's id. Raises `ContainersError`."""
    started = time.monotonic()
    say(f"{function}: building its image {plan.tag}")
    with tempfile.TemporaryDirectory(prefix="facepipe-build-") as made:
        file, result = Path(made, "Dockerfile"), Path(made, "image")
        file.write_text(plan.dockerfile, encoding="utf-8")
        if plan.ignored is not None:
            Path(made, "Dockerfile.dockerignore").write_text(plan.ignored, encoding="utf-8")
        context = plan.context if plan.inline is None else _inline_context(Path(made), plan.inline)
        command = build_command(plan, context, file=file, result=result)
        run_build(function, command, say)
        say(f"{function}: its image is built ({time.monotonic() - started:.0f} s)")
        return result.read_text(encoding="ascii").strip()


def build_command(plan: BuildPlan, context: Path, *, file: Path, result: Path) -> list[str]:
    """Return the command; the image's id is written to `result`."""
    command = ["docker", "build", "--progress=plain", "--file", str(file), "--iidfile", str(result), "--tag", plan.tag]
    for name, value in plan.arguments.items():
        command += ["--build-arg", f"{name}={value}"]
    command += ["--target", plan.target] if plan.target else []
    return [*command, str(context)]


def _inline_context(made: Path, text: str) -> Path:
    context = made / "context"
    context.mkdir()
    (context / INLINE_FILE).write_text(text, encoding="utf-8")
    return context


def run_build(what: str, command: Sequence[str], say: Callable[[str], None]) -> None:
    """Run a build and report its steps. Raises `ContainersError`."""
    environment = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1", **os.environ, "DOCKER_BUILDKIT": "1"}
    last: deque[str] = deque(maxlen=400)
    try:
        with subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None  # noqa: S101  # it is a pipe
            for line in map(str.rstrip, process.stdout):
                if (step := _STEP.match(line)) and line not in last:  # it is repeated when steps run side by side
                    say(f"{what}: {step[1]}")
                last.append(line)
    except FileNotFoundError as error:
        raise ContainersError(NO_COMMAND) from error
    if process.returncode:
        raise ContainersError(failure(what, last))


def failure(what: str, output: Iterable[str]) -> str:
    """Return the message for a failed build: the missing base image and the cure, or the last lines."""
    output = list(output)
    failed = {match[1]: match[2] for match in map(_FAILED.match, output) if match}
    for match in map(_NO_BASE.match, output):
        if match and match[1] in failed:
            image = match[2] or match[3]
            return (
                f"{what}: the base image {image} of its Dockerfile is not on this machine and cannot be pulled"
                f" ({failed[match[1]]}). Name another one: --base-image {image}=IMAGE. docs/your-project.md says how to"
                " build one that stands in for AWS's"
            )
    lines = [line for line in output if line.strip() and not line.startswith("---")]
    return "\n".join([f"{what}: its image could not be built; Docker's last lines:", *lines[-LAST_LINES:]])
