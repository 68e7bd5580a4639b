"""Runs environments as containers: the runner of KeptEnvironments for `facepipe up --docker`."""

import asyncio
import logging
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from docker.errors import DockerException, NotFound

from emulator.containers.container_arguments import Machine, container_arguments
from emulator.containers.container_image import ContainerImage, ContainersError
from emulator.containers.container_settings import Containers
from emulator.containers.endings import ENGINE_GONE, Endings
from emulator.containers.engine_connection import connect, short
from emulator.containers.function_networks import FunctionNetworks
from emulator.containers.removal import remove_leftovers, remove_run
from emulator.containers.watcher import end_watcher, start_watcher
from emulator.environments.preparations import Preparations
from emulator.link.tokens import Tokens
from emulator.resources import Function

log = logging.getLogger(__name__)
T = TypeVar("T")

AT_ONCE = 8  #: calls of the Docker engine
KILLED, UNREACHABLE, REFUSED = 137, 3, 4  #: exit codes: the last two are the supervisor's, whose file repeats them
WORDS = {
    KILLED: "was killed: its memory was used up, or somebody removed its container",
    UNREACHABLE: "could not reach the emulator: a firewall on this machine may drop what comes from Docker's bridges"
    " (br-…); allow them to reach this machine's ports for functions and environments (docs/your-project.md)",
    REFUSED: "was refused by the emulator",
    ENGINE_GONE: "ended with the Docker engine",
}


@dataclass(slots=True)
class ContainerRunner:
    """Starts a container for each environment, and removes all of them at its end. `open` makes one."""

    client: Any  #: of docker
    containers: Containers
    machine: Machine
    tokens: Tokens
    images: Preparations[ContainerImage]
    networks: FunctionNetworks
    endings: Endings
    watcher: subprocess.Popen[bytes]
    _first_processes: dict[str, int] = field(default_factory=dict)  #: by container
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "docker"))

    @classmethod
    async def open(
        cls, containers: Containers, link_port: int, tokens: Tokens, images: Preparations[ContainerImage]
    ) -> Self:
        """Connect to Docker and remove what ended emulators have left. Raises `ContainersError`."""
        client = await asyncio.to_thread(connect)
        try:
            run = containers.run
            if left := await asyncio.to_thread(remove_leftovers, client, run.host):
                log.info("removed the containers and networks of ended emulators (%d)", left)
            await asyncio.to_thread(_check_network, client, containers.network)
            processors = int((await asyncio.to_thread(client.info))["NCPU"])
            machine = Machine(containers.tools, link_port, processors)
            endings, watcher = Endings(client, run.name), start_watcher(run.name)
            await asyncio.to_thread(endings.start)
        except DockerException as error:
            raise ContainersError(f"Docker does not do what is needed: {short(error)}") from error
        networks = FunctionNetworks(client, run)
        return cls(client, containers, machine, tokens, images, networks, endings, watcher)

    def first_processes(self) -> Iterable[int]:
        """Return the first process of each container, by its number on this machine."""
        return list(self._first_processes.values())

    async def run(self, function: Function) -> str:
        """Run one environment until it ends; return how it ended, or "" if the emulator ended it."""
        container = ""
        try:
            network = await self.networks.of(function.name)
            image = await self.images.of(function.key)
            token = self.tokens.of(function.key)
            arguments = container_arguments(function, image, network, machine=self.machine, token=token)
            arguments["labels"] = self.containers.run.labels(function.name)
            container = await self._in_thread(lambda: self._start(arguments))
            code = await self.endings.of(container)
        except (DockerException, RuntimeError, OSError) as error:
            return f"could not be started ({short(error)})"
        finally:
            self._first_processes.pop(container, None)
        return WORDS.get(code, f"ended with exit code {code}") if code else ""

    async def close(self) -> None:
        """Remove all containers and networks."""
        await asyncio.to_thread(self._threads.shutdown)  # nothing is being created any more
        self.endings.close()
        await asyncio.to_thread(remove_run, self.client, self.containers.run.name)
        await asyncio.to_thread(end_watcher, self.watcher)
        await asyncio.to_thread(self.client.close)

    def _start(self, arguments: dict[str, Any]) -> str:
        """Create and start a container; return its id."""
        container = self.client.containers.create(**arguments)
        if self.containers.network:
            self.client.networks.get(self.containers.network).connect(container)
        container.start()
        container.reload()
        self._first_processes[container.id] = int(container.attrs["State"]["Pid"])
        return str(container.id)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def _check_network(client: Any, name: str) -> None:
    """Raise `ContainersError` if there is no network of this name, which may be empty."""
    try:
        if name:
            client.networks.get(name)
    except NotFound as error:
        raise ContainersError(
            f"--network {name}: Docker has no such network; `docker network ls` lists them, and bridge leads to the"
            " internet"
        ) from error
