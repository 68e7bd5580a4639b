"""Environments as local processes: how many there are, and what follows one that ends."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from emulator import native
from emulator.environments.environment_limits import Limits
from emulator.environments.kept_environments import KeptEnvironments
from emulator.environments.preparations import PreparationError
from emulator.environments.processors import Processors, _descendants, _wanted_ns, read_times
from emulator.link.tokens import Tokens
from emulator.native import Processes
from emulator.resources import Function
from emulator.settings import Native
from tests.unit.emulator.sqs_model import run

WORKER = Function("Worker", "worker", "image", ("module.handler",), 10, 128, 512)


@dataclass
class Process:
    """A process that ends when it is told to, or as a test says."""

    lives_s: float
    returncode: int | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> int:
        try:
            async with asyncio.timeout(self.lives_s):
                await self._over.wait()
        except TimeoutError:
            self.returncode = 1
        assert self.returncode is not None
        return self.returncode

    def end(self, code: int = 0) -> None:
        self.returncode = code
        self._over.set()

    def terminate(self) -> None:
        self.end(-15)

    def send_signal(self, number: int) -> None:
        pass


@dataclass
class System:
    """Where processes are started."""

    lives_s: float = 1e9
    started: list[Process] = field(default_factory=list)
    commands: list[list[str]] = field(default_factory=list)
    variables: list[dict[str, str]] = field(default_factory=list)

    async def start(self, command: list[str], variables: dict[str, str], _: object) -> Process:
        self.commands.append(command)
        self.variables.append(variables)
        self.started.append(Process(self.lives_s))
        return self.started[-1]

    @property
    def alive(self) -> int:
        return sum(1 for process in self.started if process.returncode is None)


@dataclass
class KnownLaunches:
    """How the function is started: at once, or never."""

    failure: str = ""

    async def of(self, _: str) -> None:
        if self.failure:
            raise PreparationError(self.failure)

    def problem(self, _: str) -> str:
        return self.failure


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    system = System()
    monkeypatch.setattr(native, "_start", system.start)
    yield system
    assert system.alive == 0


def processes(limit: int = 2, tokens: Tokens | None = None, launches: KnownLaunches | None = None) -> KeptEnvironments:
    runner = Processes(Native(Path("rie"), Path()), "127.0.0.1:9002", tokens or Tokens())
    return KeptEnvironments({"worker": WORKER}, runner, Limits(limit), launches or KnownLaunches(), always=2)


def test_no_more_are_started_than_the_limit_says(system: System) -> None:
    async def scenario() -> None:
        starter = processes()
        assert [starter.start("worker") for _ in range(3)] == [True, True, False]
        await asyncio.sleep(1)
        assert (starter.running("worker"), system.alive) == (2, 2)
        assert system.commands[0][-1] == "module.handler"
        await starter.close()

    run(scenario())


def test_the_token_is_in_the_supervisors_environment_and_nowhere_else(system: System) -> None:
    """Every user of the machine can read a command line."""

    async def scenario() -> None:
        tokens = Tokens()
        starter = processes(tokens=tokens)
        starter.start("worker")
        await asyncio.sleep(1)
        token = tokens.of("worker")
        assert system.variables[0]["FACEPIPE_LINK_TOKEN"] == token
        assert not any(token in word for word in system.commands[0])
        await starter.close()

    run(scenario())


def test_a_supervisor_says_which_code_it_runs(system: System) -> None:
    """The emulator ends one whose code was changed between its start and its connection."""

    async def scenario() -> None:
        starter = processes()
        starter.start("worker")
        await asyncio.sleep(1)
        command = system.commands[0]
        assert command[command.index("--code-version") + 1] == WORKER.code_version
        await starter.close()

    run(scenario())


def test_a_function_that_cannot_be_prepared_has_no_supervisor_until_it_can(system: System) -> None:
    async def scenario() -> None:
        launches = KnownLaunches()
        starter = processes(launches=launches)
        starter.start("worker")
        launches.failure = "worker: its packages could not be installed"
        await asyncio.sleep(60)
        assert (starter.running("worker"), system.started) == (0, [])
        assert not starter.start("worker")
        launches.failure = ""
        assert starter.start("worker")
        await asyncio.sleep(1)
        assert (starter.running("worker"), system.alive) == (1, 1)
        await starter.close()

    run(scenario())


def test_one_that_is_not_wanted_any_more_when_it_is_prepared_is_not_started(system: System) -> None:
    async def scenario() -> None:
        starter = processes()
        starter.start("worker")
        starter.ending("worker")
        await asyncio.sleep(60)
        assert (starter.running("worker"), system.started) == (0, [])
        await starter.close()

    run(scenario())


def test_one_that_ends_by_itself_is_followed_by_another(system: System) -> None:
    async def scenario() -> None:
        starter = processes()
        starter.start("worker")
        await asyncio.sleep(1)
        system.started[0].end(0)
        await asyncio.sleep(1)
        assert (starter.running("worker"), system.alive) == (1, 1)
        await starter.close()

    run(scenario())


def test_one_that_was_told_to_end_is_not_and_makes_room_for_another(system: System) -> None:
    async def scenario() -> None:
        starter = processes()
        starter.start("worker")
        starter.start("worker")
        await asyncio.sleep(1)
        starter.ending("worker")
        assert starter.start("worker"), "at once, although the first still runs"
        await asyncio.sleep(1)
        system.started[0].end(0)
        await asyncio.sleep(60)
        assert (starter.running("worker"), system.alive, len(system.started)) == (2, 2, 3)
        await starter.close()

    run(scenario())


def test_one_that_ends_at_once_again_and_again_is_started_ever_more_slowly(system: System) -> None:
    async def scenario() -> None:
        system.lives_s = 0.01
        starter = processes()
        starter.start("worker")
        await asyncio.sleep(600)
        assert len(system.started) < 70
        await starter.close()

    run(scenario())


@pytest.mark.parametrize(("idle", "expected"), [(0.0, 2), (0.2, 2), (0.3, 5), (1.0, 5)])
def test_more_than_one_a_processor_are_started_only_while_processors_are_idle(
    system: System, idle: float, expected: int
) -> None:
    async def scenario() -> None:
        starter = processes(5)
        loop = asyncio.get_running_loop()
        starter.processors = Processors(lambda: (loop.time() * idle, loop.time()), loop.time)
        for _ in range(20):
            starter.start("worker")
            await asyncio.sleep(0.3)
        assert starter.running("worker") == expected
        await starter.close()

    run(scenario())


def test_what_was_idle_long_ago_says_nothing_about_now() -> None:
    times = iter([(0.0, 0.0), (100.0, 100.0), (100.1, 100.3)])
    clock = iter([0.0, 0.0, 100.0, 100.0, 100.3, 100.3])
    processors = Processors(lambda: next(times), lambda: next(clock))
    assert [processors.have_time() for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(("code", "computes"), [("while True: pass", True), ("import time; time.sleep(60)", False)])
def test_linux_tells_what_a_child_wants_however_busy_the_machine_is(code: str, computes: bool) -> None:
    """Also a child that gets no processor, because others have them all, wants one."""
    with subprocess.Popen([sys.executable, "-S", "-c", code]) as child:
        try:
            began, before = time.monotonic(), _wanted_ns(child.pid)
            while time.monotonic() - began < 1:
                assert child.pid in _descendants((os.getpid(),))
            wanted = _wanted_ns(child.pid) - before
        finally:
            child.kill()
    assert (wanted > 0.5e9) is computes
    left, total = read_times()
    assert left <= total
