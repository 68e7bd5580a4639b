"""Runs a polling task for each event source mapping of the stack, and follows the mapping's changes."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from emulator.event_source.concurrency import Batches
from emulator.resources import Alias, EventSourceMapping, Function
from emulator.stack.live import ResourceChange
from emulator.stack.live_mappings import SETTLED, LiveMapping, State
from emulator.stack.stack import Stack


class RunnablePoller(Protocol):
    """Polls for one mapping, like `Poller`."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Poll until `stopping` is set, then finish the batches in flight."""
        ...

    def batches(self) -> Batches:
        """Return how many batches are in flight, and the limit."""
        ...


class Pollers:
    """Runs a poller for each enabled mapping whose function exists, and reports the mappings' states."""

    def __init__(self, stack: Stack, poller: Callable[[EventSourceMapping], RunnablePoller]) -> None:
        self._stack = stack
        self._poller = poller
        self._group: asyncio.TaskGroup | None = None
        self._stopping = False
        self._changed: dict[str, asyncio.Event] = {}  #: by UUID, for mappings with a task
        self._tasks: set[asyncio.Task[None]] = set()
        self._polling: dict[str, RunnablePoller] = {}  #: by UUID

    def start(self, group: asyncio.TaskGroup) -> None:
        """Start polling for all mappings, and at once for mappings that are added later."""
        self._group = group
        for identifier in self._stack.mappings:
            self._spawn(identifier)
        self._stack.mappings.subscribe(self._follow_mapping)
        self._stack.callable.subscribe(self._follow_function)
        self._stack.versions.aliases.subscribe(self._follow_alias)

    def batches(self) -> Mapping[str, Batches]:
        """Return the batches of the mappings that poll, by UUID."""
        return {identifier: poller.batches() for identifier, poller in self._polling.items()}

    def stop(self) -> None:
        """Stop receiving messages."""
        self._stopping = True
        for changed in self._changed.values():
            changed.set()

    async def drain(self) -> None:
        """Wait for the end of the batches in flight."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def cancel(self) -> None:
        """Cancel the batches in flight; their messages become visible again."""
        for task in self._tasks:
            task.cancel()

    def _follow_mapping(self, change: ResourceChange[LiveMapping]) -> None:
        """Replace a changed mapping's poller."""
        if change.after is None or change.after.state in SETTLED:  # reported by a task of this object
            return
        if change.key in self._changed:
            self._changed[change.key].set()
        else:
            self._spawn(change.key)

    def _follow_function(self, change: ResourceChange[Function]) -> None:
        """Restart a function's mappings after it was added, removed, or got another timeout."""
        before, after = change.before, change.after
        if before and after and before.configuration == after.configuration:
            return
        for live in list(self._stack.mappings.values()):
            if self._executed(live.mapping) == change.key and live.state is State.ENABLED:
                self._stack.mappings.update(live.uuid, live.mapping)

    def _follow_alias(self, change: ResourceChange[Alias]) -> None:
        """Restart the mappings of an alias after it was made, moved or deleted."""
        for live in list(self._stack.mappings.values()):
            if live.mapping.target == change.key and live.state is State.ENABLED:
                self._stack.mappings.update(live.uuid, live.mapping)

    def _executed(self, mapping: EventSourceMapping) -> str:
        """Return the key of the version that a mapping invokes."""
        return self._stack.versions.executed(mapping.target)

    def _spawn(self, identifier: str) -> None:
        if self._group and not self._stopping:
            self._changed[identifier] = asyncio.Event()
            task = self._group.create_task(self._keep(identifier))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _keep(self, identifier: str) -> None:
        """Poll for one mapping, whatever changes, until it is deleted or the emulator stops."""
        changed, mappings = self._changed[identifier], self._stack.mappings
        while not self._stopping and mappings[identifier].state is not State.DELETING:
            changed.clear()
            live = mappings[identifier]
            mappings.put(identifier, replace(live, state=State.ENABLED if live.mapping.enabled else State.DISABLED))
            if live.mapping.enabled and self._executed(live.mapping) in self._stack.callable:
                await self._poll(identifier, self._poller(live.mapping))
            else:
                await changed.wait()
        del self._changed[identifier]
        if mappings[identifier].state is State.DELETING:
            mappings.remove(identifier)

    async def _poll(self, identifier: str, poller: RunnablePoller) -> None:
        self._polling[identifier] = poller
        try:
            await poller.run(self._changed[identifier])
        finally:
            del self._polling[identifier]
