"""The external extensions of an environment: programs that start before the runtime and end after it (RT-20)."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence

from emulator.supervisor.extensions import Extensions
from emulator.supervisor.output_lines import Lines, MessageSender
from emulator.supervisor.processes import Group, describe_exit

#: variables that only the runtime gets
OF_THE_RUNTIME = (
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_AWS_XRAY_DAEMON_ADDRESS",
    "_AWS_XRAY_DAEMON_PORT",
    "_HANDLER",
)


def external_extensions(places: str) -> list[str]:
    """Return the files of external extensions: `places` are folders and files, with colons between them."""
    found = []
    for place in filter(None, places.split(os.pathsep)):
        names = sorted(os.listdir(place)) if os.path.isdir(place) else [""]
        found += [os.path.join(place, name) if name else place for name in names]
    return [file for file in found if os.path.isfile(file)]


class ExtensionProcesses:
    """Runs external extensions, each in a session of its own."""

    def __init__(self, files: Sequence[str], registry: Extensions) -> None:
        self._files = files
        self._registry = registry
        self._groups: dict[str, Group] = {}
        self._ending = False

    async def start(self, environment: Mapping[str, str], sender: MessageSender) -> None:
        """Start all of them. One that cannot be started counts as failed."""
        variables = {name: value for name, value in environment.items() if name not in OF_THE_RUNTIME}
        for file in self._files:
            name = os.path.basename(file)
            try:
                group = await Group.start([file], variables, [Lines("extension", sender), Lines("extension", sender)])
            except OSError as error:
                self._registry.fail(
                    "Extension.LaunchError", f"extension {name} cannot be started: {error.strerror}", name
                )
                continue
            self._groups[name] = group
            group.exited.add_done_callback(lambda exited, name=name: self._exited(name, exited))  # type: ignore[misc]

    @property
    def has_internal(self) -> bool:
        """Whether the runtime has extensions inside it."""
        return any(not extension.external for extension in self._registry.registered)

    @property
    def has_external(self) -> bool:
        """Whether there are any of these programs."""
        return bool(self._files)

    def signal(self, number: int) -> None:
        """Send a signal to all of them."""
        for group in self._groups.values():
            group.signal(number)

    def members(self) -> list[int]:
        """Return the ids of all their processes."""
        return [pid for group in self._groups.values() for pid in group.members()]

    def take_output(self) -> None:
        """Pass on every line that they have written until now."""
        for group in self._groups.values():
            group.take_output()

    async def end(self, reason: str, deadline_ms: int, left_s: float) -> None:
        """Let those that have registered for SHUTDOWN end by themselves until the deadline."""
        self._ending = True
        told = self._registry.shut_down(reason, deadline_ms)
        ends = {group.exited for name, group in self._groups.items() if name in told}
        if ends:
            await asyncio.wait(ends, timeout=left_s)

    async def kill(self) -> None:
        """Kill what is left of them."""
        self._ending = True
        for group in self._groups.values():
            group.signal(signal.SIGCONT)
            await group.kill()

    def _exited(self, name: str, exited: asyncio.Future[int]) -> None:
        if not self._ending and not exited.cancelled():
            code = exited.result()
            how = "exit code 0" if code == 0 else f"exit status {code}" if code > 0 else describe_exit(code)
            self._registry.fail("Extension.Crash", how, name)
