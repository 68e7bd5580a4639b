"""Makes the pools, and what starts their environments: processes, containers, or Python callables."""

import contextlib
from typing import TYPE_CHECKING

from emulator.environments.kept_environments import KeptEnvironments
from emulator.environments.pools import Pools
from emulator.environments.preparations import Preparations
from emulator.environments.processors import Processors, read_times
from emulator.environments.scripted_functions import ScriptedStarter
from emulator.environments.starters import Starter
from emulator.events import Emit
from emulator.native import Processes
from emulator.parts.foundation import Foundation
from emulator.project.launch import Launch
from emulator.stack.stack import Stack

if TYPE_CHECKING:
    from emulator.containers.container_runner import ContainerRunner


def begin_launches(base: Foundation, exits: contextlib.AsyncExitStack) -> Preparations[Launch | None] | None:
    """Begin to prepare the functions that run as processes of this machine."""
    if base.settings.native is None or base.stand_ins.functions is not None:
        return None
    launches = Preparations(base.stack.callable, base.settings.native.prepare)
    exits.push_async_callback(launches.close)
    return launches


async def open_containers(base: Foundation, exits: contextlib.AsyncExitStack) -> "ContainerRunner | None":
    """Return what starts containers as environments, if the settings want that, and begin to prepare their images."""
    if base.settings.containers is None or base.stand_ins.functions is not None:
        return None
    from emulator.containers.container_runner import ContainerRunner  # noqa: PLC0415  # needs the library docker

    images = Preparations(base.stack.callable, base.settings.containers.prepare)
    exits.push_async_callback(images.close)
    return await ContainerRunner.open(base.settings.containers, base.settings.ports.link, base.tokens, images)


def make_pools(
    base: Foundation,
    emit: Emit,
    exits: contextlib.AsyncExitStack,
    *,
    launches: Preparations[Launch | None] | None,
    containers: "ContainerRunner | None",
) -> Pools:
    """Return the pools, with the starter of environments. In compose, environments are started by others."""
    functions, native, scripts = base.stack.callable, base.settings.native, base.stand_ins.functions
    starter: Starter | None = None
    if scripts is not None:
        starter = ScriptedStarter(scripts, functions, emit, base.settings.environments)
    elif containers:
        processors, limits = Processors(lambda: read_times(containers.first_processes)), base.settings.environments
        starter = KeptEnvironments(functions, containers, limits, containers.images, processors=processors)
    elif native and launches:
        link = f"127.0.0.1:{base.settings.ports.link}"
        runner = Processes(native, link, base.tokens, launches.ready)
        limits = base.settings.environments.limited_to_one(base.settings.debug.ports)
        starter = KeptEnvironments(functions, runner, limits, launches)
    if starter:
        exits.push_async_callback(starter.close)
    pools = Pools(functions, emit, starter=starter, idle_s=base.settings.idle_s, faults=base.faults)
    pools.executed = base.stack.versions.executed
    if isinstance(starter, ScriptedStarter):
        starter.announce = pools.started
    if launches:
        launches.ended = lambda name: _prepared(base.stack, pools, name)
    if containers:
        containers.images.ended = lambda name: _prepared(base.stack, pools, name)
    return pools


def _prepared(stack: Stack, pools: Pools, function: str) -> None:
    """Note the end of a preparation; the function's state has changed, and with it, its revision."""
    stack.functions.touch(function)
    pools.prepared(function)
