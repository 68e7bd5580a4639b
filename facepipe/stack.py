"""The pipeline on this machine: its settings, and running it in a process of its own."""

import contextlib
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from emulator.settings import ENVIRONMENTS, RIE, Access, Limits, Native, Ports, Settings
from facepipe.client.endpoints import Endpoints
from facepipe.paths import Paths

START_S = 90.0
STOP_S = 45.0


class StackError(RuntimeError):
    """The pipeline did not come up; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen of a native stack."""

    gallery: Path
    template: Path
    ports: Ports = Ports()
    environments: int = ENVIRONMENTS  #: that may run at once, of each function
    parameters: Mapping[str, str] = field(default_factory=dict)
    sqs_endpoint: str = ""
    journal: Path | None = None
    engine: str = RIE
    journal_off: bool = False
    limits: Mapping[str, int] = field(default_factory=dict)  #: of environments, for single functions by name
    access: Access = Access()


def native_settings(paths: Paths, choices: Choices) -> Settings:
    """Return the emulator's settings for the application in this checkout."""
    parameters = dict(choices.parameters)
    if choices.template == paths.template:
        parameters.setdefault("Gallery", str(choices.gallery.absolute()))
    return Settings(
        template=choices.template,
        parameters=parameters,
        ports=choices.ports,
        sqs_endpoint=choices.sqs_endpoint,
        journal=choices.journal,
        engine=choices.engine,
        journal_off=choices.journal_off,
        access=choices.access,
        native=Native(
            rie=paths.rie / "aws-lambda-rie",
            root=paths.root,
            limits=Limits(choices.environments, choices.limits),
            variables={"MODELS_DIR": str(paths.models)},
        ),
    )


@dataclass(frozen=True, slots=True)
class Running:
    """A stack in a process of its own."""

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
def running(choices: Choices, log: Path) -> Iterator[Running]:
    """Run a stack for as long as the block lasts, with its output in `log`; `StackError` when it does not come up."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "facepipe",
        "up",
        "--gallery",
        str(choices.gallery),
        "--template",
        str(choices.template),
    ]
    limits = [f"{name}={most}" for name, most in choices.limits.items()]
    for limit in (str(choices.environments), *limits):
        command += ["--environments", limit]
    for name in ("url", "api", "link", "functions", "sqs"):
        command += [f"--{name}-port", str(getattr(choices.ports, name))]
    command += ["--journal", str(choices.journal or log.with_suffix(".journal"))]
    command += ["--engine", choices.engine]
    if choices.journal_off:
        command.append("--no-journal")
    if choices.sqs_endpoint:
        command += ["--sqs-endpoint", choices.sqs_endpoint]
    for host in choices.access.hosts:
        command += ["--allow-host", host]
    for function in choices.access.any_origin:
        command += ["--any-origin", function]
    for name, value in choices.parameters.items():
        command += ["--parameter", f"{name}={value}"]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True, text=True
        )
    stack = Running(process, choices.ports, log)
    try:
        _wait_until_ready(stack)
        yield stack
    finally:
        _stop(process)


def free_ports() -> Ports:
    """Return ports that are free right now, laid out as the usual ones, with room for ten function URLs.

    Below those that the system gives to outgoing connections: one of these could be taken a moment later.
    """
    for _ in range(100):
        base = random.randrange(12_000, 32_000, 24)  # noqa: S311  # no secret
        if all(_is_free(base + offset) for offset in range(20)):
            return Ports(base, base + 1, base + 2, base + 3, base + 4)
    raise StackError("no twenty free ports in a row between 12000 and 32000: stop what uses them")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _wait_until_ready(stack: Running) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if stack.process.poll() is not None:
            raise StackError(_last_words(stack.log))
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(stack.health, timeout=5).status_code == 200:
                return
        time.sleep(0.05)
    raise StackError(f"the pipeline is not ready after {START_S:g} s; its log is {stack.log}")


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
