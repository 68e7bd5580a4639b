"""Environments without Docker: supervisors as local processes, and moto's server as SQS."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from emulator.listening import reserved_port
from emulator.resources import Function
from emulator.runtime_environment import inherited
from emulator.settings import Native
from emulator.supervisor.processes import describe_exit, die_with_parent

log = logging.getLogger(__name__)

PYTHON = (sys.executable, "-P")  #: not with the folder on the path: a user's own "emulator" or "services" is not ours
STOP_S = 3.0
RESTART_PAUSE_S = 0.3


@contextlib.asynccontextmanager
async def moto_server(account_id: str) -> AsyncIterator[str]:
    """Run moto's server on 127.0.0.1 for as long as the block lasts; yields its endpoint. It keeps all in memory."""
    with reserved_port() as port:
        command = [*PYTHON, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        variables = {**inherited(os.environ), "MOTO_ACCOUNT_ID": account_id}  # else ARNs have an account of moto's own
        process = await _start(command, variables, Path.cwd(), quiet=True)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            await _end(process)


async def keep_environments(native: Native, functions: Sequence[Function], link: str) -> None:
    """Keep the set number of supervisors running for every function, until cancelled; `link` is host:port."""
    async with asyncio.TaskGroup() as group:
        for function in functions:
            for _ in range(native.environments):
                group.create_task(_keep_environment(native, function, link))


async def _keep_environment(native: Native, function: Function, link: str) -> None:
    command = [*PYTHON, "-m", "emulator.supervisor", "--emulator", link, "--function", function.name]
    command += ["--rie", str(native.rie), "--listen", "127.0.0.1", "--"]
    command += [sys.executable, "-m", "awslambdaric", *function.command]  # a function's folder is on its path
    variables = {**inherited(os.environ), **native.variables}
    while True:
        process = await _start(command, variables, native.root)
        try:
            code = await process.wait()
        finally:
            await _end(process)
        log.warning("%s: a supervisor ended with %s; starting another", function.name, describe_exit(code))
        await asyncio.sleep(RESTART_PAUSE_S)


async def _start(
    command: Sequence[str], variables: Mapping[str, str], folder: Path, *, quiet: bool = False
) -> asyncio.subprocess.Process:
    """Start a process that Ctrl-C in the terminal does not reach, and that dies with this one."""
    output = asyncio.subprocess.DEVNULL if quiet else None
    return await asyncio.create_subprocess_exec(
        *command,
        env=dict(variables),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


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
