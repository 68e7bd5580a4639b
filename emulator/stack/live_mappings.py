"""The event source mappings that exist now, each with the state of its last change."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from emulator.resources import EventSourceMapping
from emulator.stack.live import LiveResources


class State(Enum):
    """The states of an event source mapping, spelled as the API spells them (ES-40)."""

    CREATING = "Creating"
    ENABLING = "Enabling"
    ENABLED = "Enabled"
    DISABLING = "Disabling"
    DISABLED = "Disabled"
    UPDATING = "Updating"
    DELETING = "Deleting"


SETTLED = (State.ENABLED, State.DISABLED)  #: only a mapping in one of these can be changed through the API


@dataclass(frozen=True, slots=True)
class LiveMapping:
    """An event source mapping of this emulator, and how far its last change has come."""

    uuid: str
    mapping: EventSourceMapping
    state: State = State.CREATING


class LiveMappings(LiveResources[LiveMapping]):
    """All mappings, by UUID. A change takes effect once the mapping's batches in flight have ended."""

    def add(self, mapping: EventSourceMapping, identifier: str = "") -> LiveMapping:
        """Add a mapping, with a new UUID unless one is given."""
        live = LiveMapping(identifier or str(uuid.uuid4()), mapping)
        if not mapping.enabled:
            live = replace(live, state=State.DISABLED)  # at once (ES-53)
        self.put(live.uuid, live)
        return live

    def update(self, identifier: str, mapping: EventSourceMapping) -> LiveMapping:
        """Change a mapping; it takes effect once its batches in flight have ended."""
        before = self[identifier]
        state = State.UPDATING
        if mapping.enabled != before.mapping.enabled:
            state = State.ENABLING if mapping.enabled else State.DISABLING
        live = LiveMapping(identifier, mapping, state)
        self.put(identifier, live)
        return live

    def delete(self, identifier: str) -> LiveMapping:
        """Begin to delete a mapping; it is removed once its batches in flight have ended."""
        live = replace(self[identifier], state=State.DELETING)
        self.put(identifier, live)
        return live

    def apply(self, before: Iterable[EventSourceMapping], after: Iterable[EventSourceMapping]) -> None:
        """Make the difference between the mappings of two templates; one that is being deleted is added anew."""
        old, new = _by_uuid(before), _by_uuid(after)
        for identifier in old:
            if identifier not in new and identifier in self:
                self.delete(identifier)
        for identifier, mapping in new.items():
            live = self.get(identifier)
            if identifier not in old or live is None or live.state is State.DELETING:
                self.add(mapping, identifier)
            elif old[identifier] != mapping:
                self.update(identifier, mapping)


def _by_uuid(mappings: Iterable[EventSourceMapping]) -> dict[str, EventSourceMapping]:
    """Return a template's mappings by UUIDs that are the same at every start."""
    names = ((f"{mapping.logical_id}/{mapping.queue}/{mapping.function}", mapping) for mapping in mappings)
    return {str(uuid.uuid5(uuid.NAMESPACE_URL, name)): mapping for name, mapping in names}
