"""One network for each function, without a way out. The emulator listens on its gateway, and nobody else is there."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from docker.errors import APIError

from emulator.containers.container_arguments import FunctionNetwork
from emulator.containers.container_image import ContainersError
from emulator.containers.engine_connection import short
from emulator.containers.run_labels import Run

Listen = Callable[[Sequence[str]], Awaitable[None]]  #: listens on addresses, with the ports that are for containers

#: environments of one function do not reach each other either, where the kernel filters bridges
OPTIONS = {"com.docker.network.bridge.enable_icc": "false"}
NO_ADDRESSES = (
    "Docker has no addresses left for another network: remove unused ones (docker network prune), or give it more"
    " (default-address-pools in /etc/docker/daemon.json)"
)
ELSEWHERE = (
    "the emulator cannot listen on {gateway}, the address of a Docker network: the Docker engine runs in a virtual"
    " machine or on another machine (Docker Desktop, Colima). --docker needs both in one Linux system"
    " (docs/your-project.md)"
)


class FunctionNetworks:
    """Creates the networks when they are needed first."""

    def __init__(self, client: Any, run: Run) -> None:
        self._client = client
        self._run = run
        self._networks: dict[str, asyncio.Task[FunctionNetwork]] = {}
        self._listen: asyncio.Future[Listen] = asyncio.get_running_loop().create_future()

    def open(self, listen: Listen) -> None:
        """Say how to listen on an address; no network is used before."""
        self._listen.set_result(listen)

    async def of(self, function: str) -> FunctionNetwork:
        """Return a function's network, on which the emulator listens. Raises `ContainersError`."""
        task = self._networks.get(function)
        if task is None or (task.done() and task.exception()):
            task = self._networks[function] = asyncio.ensure_future(self._create(function))
        return await asyncio.shield(task)

    async def _create(self, function: str) -> FunctionNetwork:
        listen = await self._listen
        network = await asyncio.to_thread(self._make, function)
        _check_own(network.gateway)
        await listen([network.gateway])
        return network

    def _make(self, function: str) -> FunctionNetwork:
        name = f"facepipe-{self._run.name}-{function}"
        try:
            network = self._client.networks.create(
                name, driver="bridge", internal=True, options=OPTIONS, labels=self._run.labels(function)
            )
            network.reload()
        except APIError as error:
            words = short(error)
            message = NO_ADDRESSES if "address pool" in words else f"a network cannot be created ({words})"
            raise ContainersError(f"{function}: {message}") from error
        return FunctionNetwork(name, str(network.attrs["IPAM"]["Config"][0]["Gateway"]))


def _check_own(address: str) -> None:
    """Raise `ContainersError` if an address of Docker's is not one of this machine."""
    try:
        with socket.socket() as probe:
            probe.bind((address, 0))
    except OSError as error:
        raise ContainersError(ELSEWHERE.format(gateway=address)) from error
