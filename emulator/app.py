"""The emulator: everything that a template describes, running for as long as a block lasts."""

import asyncio
import contextlib
import importlib
import logging
import signal
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from emulator.containers.container_image import ContainersError
from emulator.edge.descriptors import raised_limit
from emulator.edge.edge import Edge
from emulator.environments.pools import Pools
from emulator.link.link_port import environment_ports
from emulator.link.tokens import TokenError
from emulator.listening import PortError, TakenPortError
from emulator.loading import EmulatorError, load
from emulator.owner_key import OwnerKeyError
from emulator.parts.announcement import Say, announce
from emulator.parts.foundation import NO_STAND_INS, Foundation, StandIns
from emulator.parts.parts import Parts, make_parts
from emulator.port_numbers import check_distinct, second_emulator
from emulator.queues import QueueError, Queues
from emulator.resources import Resources
from emulator.settings import Settings
from emulator.stack.live import follow
from emulator.stack.stack import Stack

log = logging.getLogger(__name__)

LATER_PARTS = ("emulator.queues.wire.answering", "emulator.reload.beginning", "emulator.parts.served_ports")
READY_PAUSE_S = 0.01  #: the pause between checks whether every function has an environment


class Emulator:
    """One template's resources, running while the block `async with Emulator(settings, resources) as emulator` lasts.

    The block begins when everything runs. At its end, calls in flight are finished. Set `stopping` to end a start
    that waits too long, and `aborting` to end a stop that waits too long. `stand_ins` replace processes.
    """

    def __init__(
        self, settings: Settings, resources: Resources, say: Say = log.info, *, stand_ins: StandIns = NO_STAND_INS
    ) -> None:
        self.settings = settings
        self.say = say
        self.stack = Stack()  #: what exists; `stack.apply` takes a changed template
        self.stack.apply(resources)
        self.serving = False
        self.stopping = asyncio.Event()
        self.aborting = asyncio.Event()
        self.parts: Parts  #: exists while the block lasts
        self._base = Foundation(settings, self.stack, Edge.of(settings.access.hosts), stand_ins)
        self._exits = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as exits:
            self.parts = await make_parts(self._base, exits)
            group = await exits.enter_async_context(asyncio.TaskGroup())
            await self._start(self.parts, group, exits)
            self._exits = exits.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.aborting.set()
        if isinstance(error, asyncio.CancelledError):  # a part of the emulator may have failed
            await self._exits.__aexit__(kind, error, trace)
        else:
            await self._exits.aclose()

    async def _start(self, parts: Parts, group: asyncio.TaskGroup, exits: contextlib.AsyncExitStack) -> None:
        """Start everything: environments, which take longest, then queues and API, then the parts that call functions.

        Containers start after the ports, because each of their networks has an address at which the ports are served.
        """
        link = await exits.enter_async_context(environment_ports(self._base, parts))
        tasks = [] if parts.containers else [group.create_task(parts.pools.run())]
        await asyncio.to_thread(_import_later_parts)
        from emulator.parts.served_ports import served_ports  # noqa: PLC0415
        from emulator.reload.beginning import make_reloading  # noqa: PLC0415  # see _import_later_parts

        ready = asyncio.Event()
        await exits.enter_async_context(served_ports(self._base, parts, lambda: self.serving, link))
        if parts.containers:
            tasks.append(group.create_task(parts.pools.run()))
        if reloading := make_reloading(self._base, parts):
            tasks.append(group.create_task(reloading.run(ready.wait())))
        await self._until_ready(parts.pools)
        await parts.urls.open()
        tasks.append(group.create_task(parts.urls.follow()))
        tasks.append(group.create_task(follow(self.stack.queues, lambda: _create(parts.queues.queues))))
        exits.push_async_callback(self._stop, parts, tasks)
        self.serving = True
        await announce(self.settings, self.stack, parts.queues.queues, self.say)
        parts.pollers.start(group)
        parts.events.start()
        ready.set()

    async def _stop(self, parts: Parts, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Accept nothing new, wait for calls in flight, and end everything."""
        self.serving = False
        self.say("stopping: finishing what is in flight (Ctrl-C again to stop at once)")
        parts.pollers.stop()
        parts.events.stop()
        parts.urls.stop_accepting()
        ends = {asyncio.ensure_future(parts.drain()), asyncio.ensure_future(self.aborting.wait())}
        await asyncio.wait(ends, timeout=self.settings.drain_s, return_when=asyncio.FIRST_COMPLETED)
        parts.pollers.cancel()
        parts.events.cancel()
        for task in [*ends, *tasks]:
            task.cancel()

    async def _until_ready(self, pools: Pools) -> None:
        """Wait until every function has an environment, or until the emulator is asked to stop."""
        while not self.stopping.is_set() and not all(
            pool.ready or pool.problem for pool in pools.pools.values() if pool.kept_warm
        ):
            await asyncio.sleep(READY_PAUSE_S)


def _import_later_parts() -> None:
    """Import what environments do not need, which is a third of the emulator, while their processes start."""
    for module in LATER_PARTS:
        importlib.import_module(module)


async def _create(queues: Queues) -> None:
    """Create the queues that a changed template has added. If it fails, the mappings that poll them try again."""
    try:
        await queues.create()
    except QueueError as error:
        log.warning("the queues could not be created: %s", error)


async def run(settings: Settings, say: Say, resources: Resources | None = None) -> None:
    """Run until SIGINT or SIGTERM; a second one stops without waiting. Raises `EmulatorError`.

    `resources` are those of the settings' template, if it is loaded already.
    """
    resources = resources or load(settings)
    try:
        check_distinct(settings.ports)
        with raised_limit():
            emulator = Emulator(settings, resources, say)

            def interrupt() -> None:
                (emulator.aborting if emulator.stopping.is_set() else emulator.stopping).set()

            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, interrupt)
            async with emulator:
                await emulator.stopping.wait()
    except* (EmulatorError, PortError, QueueError, TokenError, OwnerKeyError, ContainersError) as group:
        problem = group.exceptions[0]
        more = f"; a second emulator: {second_emulator()}" if isinstance(problem, TakenPortError) else ""
        raise EmulatorError(f"{problem}{more}") from group
    say("stopped")
