"""Opens the storage of accepted events, and creates the part that processes them."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from emulator.event_invocations.event_invocations import EventInvocations
from emulator.event_invocations.function_events import EventRules
from emulator.invocation import BatchInvoker
from emulator.queues import SendableQueues
from emulator.queues.embedded.internal_queues import open_internal_queues

MAXIMUM_BYTES = 256 << 20  #: of all accepted events together; they are in memory as well as on disk


@dataclass(frozen=True, slots=True)
class EventsPlace:
    """Where accepted events are kept, and how many of them."""

    queues_file: Path | None = None  #: the file for queues, beside which they are; None: in memory
    wait_for_disk: bool = False
    maximum_bytes: int = MAXIMUM_BYTES


def beside(queues: Path) -> Path:
    """Return the file for events beside the file for queues."""
    return queues.with_name(f"{queues.stem}-events{queues.suffix}")


@contextlib.asynccontextmanager
async def open_event_invocations(
    place: EventsPlace, invoker: BatchInvoker, queues: SendableQueues, rules: EventRules
) -> AsyncIterator[EventInvocations]:
    """Yield event invocations, with the accepted events of an earlier run."""
    file = beside(place.queues_file) if place.queues_file else None
    opened = open_internal_queues(
        file, rules.clock, maximum_bytes=place.maximum_bytes, wait_for_disk=place.wait_for_disk
    )
    async with opened as kept:
        yield EventInvocations(kept, invoker, queues, rules, durable=file is not None)
