"""Gathers one batch from a queue: long poll → filter → batch window (ES-10 to ES-12, ES-30, ES-31)."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from emulator.event_source.filters import Filters, parse
from emulator.event_source.records import EVENT_BYTES, encode_record, to_record
from emulator.journal.entries import Entry, Kind, trace_root
from emulator.queues import LONG_POLL_S, Message, QueueError
from emulator.resources import EventSourceMapping, Queue

log = logging.getLogger(__name__)

WINDOW_VISIBILITY_S = 30  #: added to window and timeout where the queue's own visibility is shorter (ES-12)


class SourceQueues(Protocol):
    """What a mapping does with queues."""

    async def receive(self, name: str, *, maximum: int, wait_s: int, visibility_s: int | None = None) -> list[Message]:
        """Long-poll."""
        ...

    async def delete(self, name: str, handles: Sequence[str]) -> None:
        """Delete what was processed, with retries."""
        ...

    async def make_visible(self, name: str, handles: Sequence[str]) -> None:
        """Return messages at once."""
        ...

    async def describe(self, name: str) -> Queue | None:
        """Return a queue as it is now, None when there is none."""
        ...

    def of_template(self, name: str) -> bool:
        """Tell whether the template describes a queue, so that it can be created anew."""
        ...

    async def recreate(self) -> None:
        """Create what is missing of the template's queues."""
        ...


@dataclass(slots=True)
class Source:
    """What a mapping needs to know of its two ends; of the queue, as it was at the last look."""

    queue_arn: str
    region: str
    visibility_timeout_s: int  #: the queue's
    function_timeout_s: int
    maximum_receives: int | None = None  #: of the queue's redrive policy, if it has one (ES-45)

    def look(self, queue: Queue) -> None:
        """Take the queue's attributes as they are now."""
        self.visibility_timeout_s = queue.visibility_timeout_s
        self.maximum_receives = queue.redrive_policy.max_receive_count if queue.redrive_policy else None


@dataclass(frozen=True, slots=True)
class Received:
    """A message, and its record as it will stand in the event."""

    message: Message
    record: bytes

    @property
    def id(self) -> str:
        """Return the message id."""
        return str(self.message["MessageId"])

    @property
    def handle(self) -> str:
        """Return the receipt handle."""
        return str(self.message["ReceiptHandle"])

    @property
    def trace_header(self) -> str:
        """Return the X-Ray trace header that it was sent with, empty when with none."""
        return str(self.message.get("Attributes", {}).get("AWSTraceHeader", ""))

    @property
    def receive_count(self) -> int:
        """Return how many times it has been received by now."""
        return int(self.message.get("Attributes", {}).get("ApproximateReceiveCount", "1"))

    def entry(self, kind: Kind, **detail: object) -> Entry:
        """Return an entry of the journal about this message."""
        return Entry(kind, trace_id=trace_root(self.trace_header), message_id=self.id, detail=detail)

    @property
    def group(self) -> str:
        """Return the message group of a FIFO queue's message, empty on a standard queue."""
        return str(self.message.get("Attributes", {}).get("MessageGroupId", ""))


@dataclass(slots=True)
class Batcher:
    """Gathers the batches of one mapping, one after another."""

    mapping: EventSourceMapping
    source: Source
    queues: SourceQueues
    clock: Callable[[], float] = time.monotonic
    note: Callable[[Entry], None] = lambda _: None
    filters: Filters = field(init=False)

    def __post_init__(self) -> None:
        self.filters = parse(self.mapping.filter_patterns)

    @property
    def visibility_s(self) -> int | None:
        """The visibility to ask for; None for the queue's own (ES-12)."""
        window, timeout = self.mapping.batch_window_s, self.source.function_timeout_s
        if window and window + timeout > self.source.visibility_timeout_s:
            return window + timeout + WINDOW_VISIBILITY_S
        return None

    async def next(self) -> list[Received]:
        """Return the next batch: at once without a window, else when it is full or its window over (ES-11).

        An empty one when a long poll brought nothing, or nothing that the filters let through. On AWS a quiet queue may
        keep a batch for up to 20 s even if its window is shorter ("might", ES-11); here the window is kept.
        """
        window = self.mapping.batch_window_s
        batch = await self._receive(self.mapping.batch_size, LONG_POLL_S)
        if not batch or not window:
            return batch
        end = self.clock() + window
        try:
            while not self._full(batch) and (left := end - self.clock()) > 0:
                batch += await self._receive(self.mapping.batch_size - len(batch), min(LONG_POLL_S, int(left) + 1))
        except (asyncio.CancelledError, QueueError):
            # We stop, or cannot go on: what waits in the window goes back. On AWS a poller does not just end.
            await asyncio.shield(self.queues.make_visible(self.mapping.queue, [one.handle for one in batch]))
            raise
        return batch

    def _full(self, batch: Sequence[Received]) -> bool:
        return len(batch) >= self.mapping.batch_size or sum(len(one.record) for one in batch) >= EVENT_BYTES

    async def _receive(self, maximum: int, wait_s: int) -> list[Received]:
        """Receive once; delete what the filters drop, before it takes a place in the batch (ES-31)."""
        messages = await self.queues.receive(
            self.mapping.queue, maximum=maximum, wait_s=wait_s, visibility_s=self.visibility_s
        )
        kept, dropped = [], []
        for message in messages:
            record = to_record(message, queue_arn=self.source.queue_arn, region=self.source.region)
            one = Received(message, encode_record(record))
            sent_ms = int(message.get("Attributes", {}).get("SentTimestamp", 0))
            size = len(str(message["Body"]).encode())
            told = {"sent_ms": sent_ms, "receive_count": one.receive_count, "bytes": size}
            self.note(one.entry(Kind.RECEIVED, queue=self.mapping.queue, **told))
            if self.filters.match(record):
                kept.append(one)
            else:
                dropped.append(one.handle)
                self.note(one.entry(Kind.FILTERED, queue=self.mapping.queue))
        if dropped:
            log.info("%s: %d messages match no filter and are deleted", self.mapping.queue, len(dropped))
            await asyncio.shield(self.queues.delete(self.mapping.queue, dropped))
        return kept
