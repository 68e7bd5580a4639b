"""Owns the running event source mappings: each has one task, and changes without a restart."""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from emulator.resources import EventSourceMapping


class State(Enum):
    """A mapping's states, spelled as the API does (ES-40)."""

    CREATING = "Creating"
    ENABLING = "Enabling"
    ENABLED = "Enabled"
    DISABLING = "Disabling"
    DISABLED = "Disabled"
    UPDATING = "Updating"
    DELETING = "Deleting"


SETTLED = (State.ENABLED, State.DISABLED)  #: only from these can a mapping be changed


class Runs(Protocol):
    """A mapping at work: a `Poller`."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Poll until `stopping` is set, then finish the batches in flight."""
        ...


@dataclass(slots=True, eq=False)
class Entry:
    """One mapping of this emulator, as it is now."""

    uuid: str
    mapping: EventSourceMapping
    state: State = State.CREATING
    modified: float = field(default_factory=time.time)  #: seconds since the epoch
    changing: asyncio.Event = field(default_factory=asyncio.Event)

    def change(self, state: State, mapping: EventSourceMapping) -> None:
        """Have the running poller end, and what `mapping` says take its place."""
        self.state, self.mapping, self.modified = state, mapping, time.time()
        self.changing.set()


class Mappings:
    """All event source mappings, those of the template and those that the API made."""

    def __init__(self, mappings: Iterable[EventSourceMapping], poller: Callable[[EventSourceMapping], Runs]) -> None:
        self._poller = poller
        self._entries = {entry.uuid: entry for entry in (Entry(_stable_uuid(m), m) for m in mappings)}
        self._group: asyncio.TaskGroup | None = None
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, group: asyncio.TaskGroup) -> None:
        """Start polling; mappings that are created later start at once."""
        self._group = group
        for entry in self._entries.values():
            self._spawn(entry)

    def stop(self) -> None:
        """Take no new messages."""
        self._stopping = True
        for entry in self._entries.values():
            entry.changing.set()

    async def drain(self) -> None:
        """Wait for the end of the batches in flight."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def cancel(self) -> None:
        """Give up what is still in flight: its messages come back."""
        for task in self._tasks:
            task.cancel()

    def all(self) -> list[Entry]:
        """Return every mapping."""
        return list(self._entries.values())

    def get(self, identifier: str) -> Entry | None:
        """Return the mapping with a UUID."""
        return self._entries.get(identifier)

    def create(self, mapping: EventSourceMapping) -> Entry:
        """Add a mapping."""
        entry = Entry(str(uuid.uuid4()), mapping)
        self._entries[entry.uuid] = entry
        self._spawn(entry)
        return entry

    def update(self, entry: Entry, mapping: EventSourceMapping) -> None:
        """Change a settled mapping; it takes effect once its batches in flight have ended."""
        state = State.UPDATING
        if mapping.enabled != entry.mapping.enabled:
            state = State.ENABLING if mapping.enabled else State.DISABLING
        entry.change(state, mapping)

    def delete(self, entry: Entry) -> None:
        """End a settled mapping; it is gone once its batches in flight have ended."""
        entry.change(State.DELETING, entry.mapping)

    def refresh(self, function: str) -> None:
        """Have a function's mappings begin anew: it has changed."""
        for entry in self._entries.values():
            if entry.mapping.function == function and entry.state is State.ENABLED:
                entry.change(State.UPDATING, entry.mapping)

    def _spawn(self, entry: Entry) -> None:
        if self._group and not self._stopping:
            task = self._group.create_task(self._keep(entry))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _keep(self, entry: Entry) -> None:
        """Run a mapping through all its changes, until it is deleted or everything stops."""
        while not self._stopping and entry.state is not State.DELETING:
            entry.changing.clear()
            entry.state = State.ENABLED if entry.mapping.enabled else State.DISABLED
            if entry.mapping.enabled:
                await self._poller(entry.mapping).run(entry.changing)
            else:
                await entry.changing.wait()
        if entry.state is State.DELETING:
            del self._entries[entry.uuid]


def _stable_uuid(mapping: EventSourceMapping) -> str:
    """Return a UUID for a template's mapping, the same at every start."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{mapping.logical_id}/{mapping.queue}/{mapping.function}"))
