"""The current resources of one type. Listeners are called for every change."""

import asyncio
import itertools
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

ResourceT = TypeVar("ResourceT")


@dataclass(frozen=True, slots=True)
class ResourceChange(Generic[ResourceT]):
    """One resource before and after a change: `before` is None if it was added, `after` is None if it was removed."""

    key: str
    before: ResourceT | None
    after: ResourceT | None


Listener = Callable[[ResourceChange[ResourceT]], None]


class WatchedResources(Mapping[str, ResourceT], ABC):
    """Resources by their keys. Read it as a mapping, at the time when a resource is needed: do not keep a copy."""

    @abstractmethod
    def subscribe(self, listener: Listener[ResourceT]) -> None:
        """Call `listener` for every change from now on, before the method that makes the change returns."""


class JoinedResources(WatchedResources[ResourceT]):
    """Several collections of resources, read as one; no two of them have a key in common."""

    def __init__(self, *parts: WatchedResources[ResourceT]) -> None:
        self._parts = parts

    def __getitem__(self, key: str) -> ResourceT:
        for part in self._parts:
            if key in part:
                return part[key]
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return itertools.chain(*self._parts)

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def subscribe(self, listener: Listener[ResourceT]) -> None:
        """Call `listener` for every change of any part from now on."""
        for part in self._parts:
            part.subscribe(listener)


class LiveResources(WatchedResources[ResourceT]):
    """Resources that can be added, changed and removed."""

    def __init__(self) -> None:
        self._resources: dict[str, ResourceT] = {}
        self._modified: dict[str, float] = {}
        self._created: dict[str, float] = {}
        self._revisions: dict[str, str] = {}
        self._listeners: list[Listener[ResourceT]] = []

    def __getitem__(self, key: str) -> ResourceT:
        return self._resources[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._resources)

    def __len__(self) -> int:
        return len(self._resources)

    def modified(self, key: str) -> float:
        """Return when a resource was last added or changed, in seconds since 1970."""
        return self._modified[key]

    def created(self, key: str) -> float:
        """Return when a resource was added, in seconds since 1970."""
        return self._created[key]

    def revision(self, key: str) -> str:
        """Return the id of a resource's last change (`RevisionId`)."""
        return self._revisions[key]

    def touch(self, key: str) -> None:
        """Give a resource another revision: something that belongs to it was changed."""
        if key in self._resources:
            self._revisions[key] = str(uuid.uuid4())

    def subscribe(self, listener: Listener[ResourceT]) -> None:
        """Call `listener` for every change from now on, before the method that makes the change returns."""
        self._listeners.append(listener)

    def put(self, key: str, resource: ResourceT) -> None:
        """Add a resource, or replace the resource that has this key."""
        before = self._resources.get(key)
        self._resources[key], self._modified[key] = resource, time.time()
        self._created.setdefault(key, self._modified[key])
        self.touch(key)
        self._notify(ResourceChange(key, before, resource))

    def remove(self, key: str) -> None:
        """Remove a resource; do nothing if no resource has this key."""
        if key in self._resources:
            del self._modified[key], self._created[key], self._revisions[key]
            self._notify(ResourceChange(key, self._resources.pop(key), None))

    def _notify(self, change: ResourceChange[ResourceT]) -> None:
        for listener in self._listeners:
            listener(change)


async def follow(resources: LiveResources[Any], act: Callable[[], Awaitable[None]]) -> None:
    """Call `act` once, and again after changes, until cancelled; changes during a call lead to one further call."""
    changed = asyncio.Event()
    changed.set()
    resources.subscribe(lambda _: changed.set())
    while True:
        await changed.wait()
        changed.clear()
        await act()
