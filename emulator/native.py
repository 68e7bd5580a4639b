"""Local mode: each environment is a process on this machine, with its own supervisor."""

import asyncio
import itertools
import logging
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator.aws.limits import OPEN_FILES
from emulator.edge.descriptors import lower_limit
from emulator.environments.environment_limits import Limits
from emulator.environments.processors import Processors
from emulator.resources import Function
from emulator.runtime_environment import inherited
from emulator.settings import Native
from emulator.supervisor.link_token import LINK_VARIABLE
from emulator.supervisor.processes import describe_exit, die_with_parent
from emulator.tokens import Tokens

log = logging.getLogger(__name__)

PYTHON = (sys.executable, "-P")  #: -P keeps the folder off Python's path: it may have a module "emulator" of the user
STOP_S = 3.0
RESTART_PAUSES_S = (0.3, 0.3, 1.0, 3.0, 10.0)
STEADY_S = 10.0  #: after a supervisor has run this long, the pauses begin again with the shortest


@dataclass(slots=True)
class Processes:
    """Starts environments as processes on this machine, each with a supervisor (see environments/starters.py)."""

    native: Native
    functions: Mapping[str, Function]
    link: str  #: host:port that the supervisors connect to
    tokens: Tokens
    limits: Limits = Limits()
    always: int = os.cpu_count() or 1  #: this many of each function may start even if the machine is busy
    processors: Processors = field(default_factory=Processors)
    _wanted: Counter[str] = field(default_factory=Counter)  #: how many each function should have
    _kept: Counter[str] = field(default_factory=Counter)  #: how many it has: more than it should while some are ending
    _keepers: set[asyncio.Task[None]] = field(default_factory=set)

    def limit(self, function: str) -> int:
        """Return how many environments of a function may run at once."""
        return self.limits.of(function)

    def running(self, function: str) -> int:
        """Return how many environments a function has, including those that are starting."""
        return self._wanted[function]

    def may_start(self, function: str) -> bool:
        """Return whether another may start now: always up to one per processor, and more while processors are idle."""
        running = self._wanted[function]
        return running < self.limit(function) and (running < self.always or self.processors.have_time())

    def start(self, function: str) -> bool:
        """Start another environment; return False if none may start now."""
        if not self.may_start(function):
            return False
        self._wanted[function] += 1
        self._kept[function] += 1
        keeper = asyncio.ensure_future(self._keep(self.functions[function]))
        self._keepers.add(keeper)
        keeper.add_done_callback(self._keepers.discard)
        return True

    def ending(self, function: str) -> None:
        """Record that an environment was asked to end, so that it is not started again."""
        self._wanted[function] -= 1

    async def close(self) -> None:
        """End all of them."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    async def _keep(self, function: Function) -> None:
        """Keep a supervisor running: if it ends by itself, start another, after pauses that grow."""
        pauses = itertools.chain(RESTART_PAUSES_S, itertools.repeat(RESTART_PAUSES_S[-1]))
        while True:
            began = asyncio.get_running_loop().time()
            ended = await self._run(function)
            if self._kept[function.name] > self._wanted[function.name]:
                self._kept[function.name] -= 1
                return
            if asyncio.get_running_loop().time() - began > STEADY_S:
                pauses = itertools.chain(RESTART_PAUSES_S, itertools.repeat(RESTART_PAUSES_S[-1]))
            log.warning("%s: a supervisor %s; starting another", function.name, ended)
            await asyncio.sleep(next(pauses))

    async def _run(self, function: Function) -> str:
        """Run a supervisor until it ends; return how it ended."""
        command = [*PYTHON, "-m", "emulator.supervisor", "--emulator", self.link, "--function", function.name]
        command += ["--rie", str(self.native.rie), "--listen", "127.0.0.1", "--"]
        launch = self.native.launches.get(function.name)
        default = [sys.executable, "-m", "awslambdaric", *function.command]  # no -P: it needs its folder on its path
        command += launch.command if launch else default
        token = {
            LINK_VARIABLE: self.tokens.of(function.name)
        }  # a variable, because command lines are visible to other users
        try:
            image_variables = launch.variables if launch else self.native.variables
            variables = {**inherited(os.environ), **image_variables, **token}
            process = await _start(command, variables, launch.folder if launch else self.native.root)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:  # no descriptor, process or thread is free
            return f"could not be started ({error})"
        try:
            return f"ended with {describe_exit(await process.wait())}"
        finally:
            await _end(process)


async def _start(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> asyncio.subprocess.Process:
    """Start a process that Ctrl-C in the terminal does not reach, and that ends with this one."""
    return await asyncio.create_subprocess_exec(
        *command,
        env=dict(variables),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_begin,
    )


def _begin() -> None:
    """Prepare the new process before it executes the command."""
    die_with_parent()
    lower_limit(OPEN_FILES)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGCONT)  # it may have been stopped
        process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
    await process.wait()
