"""Local mode: each environment is a process on this machine, with its own supervisor."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.aws.limits import OPEN_FILES
from emulator.edge.descriptors import lower_limit
from emulator.link.tokens import Tokens
from emulator.project.launch import Launch
from emulator.resources import Function
from emulator.runtime_environment import inherited
from emulator.settings import Native
from emulator.supervisor.link_token import LINK_VARIABLE
from emulator.supervisor.processes import describe_exit, die_with_parent

_RUN_SUPERVISOR = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1));"
    " runpy.run_module('emulator.supervisor', run_name='__main__', alter_sys=True)"
)
#: Starts a supervisor of this emulator. A user's folder may have a module "emulator" as well: -P keeps it off Python's
#: path, and the folder of this emulator comes first.
SUPERVISOR = (sys.executable, "-P", "-c", _RUN_SUPERVISOR, str(Path(__file__).resolve().parents[1]))
STOP_S = 3.0


@dataclass(frozen=True, slots=True)
class Processes:
    """Runs environments as processes on this machine, each with a supervisor."""

    native: Native
    link: str  #: host:port that the supervisors connect to
    tokens: Tokens
    launch: Callable[[str], Launch | None] = lambda _: None  #: of a prepared function; None: as the settings say

    async def close(self) -> None:
        """Do nothing: a process ends with its `run`."""

    async def run(self, function: Function) -> str:
        """Run a supervisor until it ends; return how it ended."""
        command = [*SUPERVISOR, "--emulator", self.link, "--function", function.key]
        command += ["--code-version", function.code_version]
        launch = self.launch(function.key)
        extensions = os.pathsep.join(launch.extensions) if launch else ""
        command += ["--rie", str(self.native.rie), "--listen", "127.0.0.1", "--extensions", extensions, "--"]
        # No -P: it needs its folder on its path. -B: as in Launch.command.
        default = [sys.executable, "-B", "-m", "awslambdaric", *function.command]
        command += launch.command if launch else default
        token = {
            LINK_VARIABLE: self.tokens.of(function.key)
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
