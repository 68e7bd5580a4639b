"""The resources of one type as they are now; whoever acts on them is told of every change."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

ResourceT = TypeVar("ResourceT")


@dataclass(frozen=True, slots=True)
class ResourceChange(Generic[ResourceT]):
    """One resource before and after a change. Nothing before: it was added. Nothing after: it was removed."""

    key: str
    before: ResourceT | None
    after: ResourceT | None


Listener = Callable[[ResourceChange[ResourceT]], None]


class LiveResources(Mapping[str, ResourceT]):
    """Resources by their keys. Read it as a mapping, at the time when a resource is needed: do not keep a copy."""

    def __init__(self) -> None:
        self._resources: dict[str, ResourceT] = {}
        self._modified: dict[str, float] = {}
        self._listeners: list[Listener[ResourceT]] = []

    def __getitem__(self, key: str) -> ResourceT:
        return self._resources[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._resources)

    def __len__(self) -> int:
        return len(self._resources)

    def modified(self, key: str) -> float:
        """Return when a resource was added or changed last, in seconds since 1970."""
        return self._modified[key]

    def subscribe(self, listener: Listener[ResourceT]) -> None:
        """Call `listener` for every change from now on, before the change's author goes on."""
        self._listeners.append(listener)

    def put(self, key: str, resource: ResourceT) -> None:
        """Add a resource, or change the one with this key."""
        before = self._resources.get(key)
        self._resources[key], self._modified[key] = resource, time.time()
        self._notify(ResourceChange(key, before, resource))

    def remove(self, key: str) -> None:
        """Remove a resource; nothing happens when there is none with this key."""
        if key in self._resources:
            del self._modified[key]
            self._notify(ResourceChange(key, self._resources.pop(key), None))

    def _notify(self, change: ResourceChange[ResourceT]) -> None:
        for listener in self._listeners:
            listener(change)


async def follow(resources: LiveResources[Any], act: Callable[[], Awaitable[None]]) -> None:
    """Act once, and after changes, until cancelled; changes that come while `act` runs are acted on together."""
    changed = asyncio.Event()
    changed.set()
    resources.subscribe(lambda _: changed.set())
    while True:
        await changed.wait()
        changed.clear()
        await act()
