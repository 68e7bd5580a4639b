"""Collects a batch from a queue: long poll → filter → batch window (ES-10 to ES-12, ES-30, ES-31)."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from emulator.aws.limits import PAYLOAD_BYTES
from emulator.aws.trace_header import usable_header
from emulator.event_source.filters import Filters, parse
from emulator.event_source.records import encode_record, to_record
from emulator.events import Emit, MessageFiltered, MessageReceived, MessageReturned, ignore
from emulator.queues import POLL_S, Message, PolledQueues
from emulator.resources import EventSourceMapping, Queue

log = logging.getLogger(__name__)

LAST_POLLS_S = 0.1  #: between polls in the last second of a batch window, because SQS can wait whole seconds only


@dataclass(slots=True)
class Source:
    """What a mapping needs to know about its queue and function; the queue's attributes are refreshed with `look`."""

    queue_arn: str
    region: str
    visibility_timeout_s: int  #: the queue's
    function_timeout_s: int
    maximum_receives: int | None = None  #: the redrive policy's maxReceiveCount, if there is one (ES-45)

    def look(self, queue: Queue) -> None:
        """Refresh the queue's attributes."""
        self.visibility_timeout_s = queue.visibility_timeout_s
        self.maximum_receives = queue.redrive_policy.max_receive_count if queue.redrive_policy else None


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A received message, with its encoded record for the event."""

    message: Message
    record: bytes
    hidden_until: float  #: when its visibility timeout ends, by the mapping's clock

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
        """Return the usable part of its X-Ray trace header; empty if it has none."""
        return usable_header(str(self.message.get("Attributes", {}).get("AWSTraceHeader", "")))

    @property
    def receive_count(self) -> int:
        """Return how often it has been received so far."""
        return int(self.message.get("Attributes", {}).get("ApproximateReceiveCount", "1"))

    @property
    def group(self) -> str:
        """Return its message group; empty on a standard queue."""
        return str((self.message.get("Attributes") or {}).get("MessageGroupId", ""))


@dataclass(slots=True)
class Batcher:
    """Collects the batches of one mapping, one after another."""

    mapping: EventSourceMapping
    source: Source
    queues: PolledQueues
    clock: Callable[[], float] = time.monotonic
    emit: Emit = ignore
    filters: Filters = field(init=False)

    def __post_init__(self) -> None:
        self.filters = parse(self.mapping.filter_patterns)

    @property
    def visibility_s(self) -> int | None:
        """The visibility timeout to request; None for the queue's own (ES-12)."""
        return self.mapping.visibility_s(
            function_timeout_s=self.source.function_timeout_s, queue_s=self.source.visibility_timeout_s
        )

    def hidden_s(self) -> int:
        """Return for how long a received message is hidden."""
        return self.visibility_s or self.source.visibility_timeout_s

    async def next(self, stopping: asyncio.Event) -> list[ReceivedMessage]:
        """Return the next batch: at once without a batch window, else when it is full or the window ends (ES-11).

        The batch is empty if a poll returned no message, or none that the filters pass. `stopping` ends the window;
        received messages are still returned, because SQS has counted their receives. On AWS a quiet queue might delay
        a batch for up to 20 s even if its window is shorter (ES-11); here the window is exact.
        """
        batch = await self._receive(self.mapping.batch_size, POLL_S)
        end = self.clock() + self.mapping.batch_window_s
        try:
            while batch and not self._full(batch) and not stopping.is_set() and (left := end - self.clock()) > 0:
                batch += await self._receive_within(left, self.mapping.batch_size - len(batch))
        except asyncio.CancelledError:
            await asyncio.shield(self.queues.make_visible(self.mapping.queue, [message.handle for message in batch]))
            raise
        except Exception as error:  # noqa: BLE001  # edge of a poll: what was received is processed
            log.debug("%s: the batch window ends early: %s", self.mapping.queue, error)
        return batch

    async def _receive_within(self, left_s: float, maximum: int) -> list[ReceivedMessage]:
        """Receive once, within `left_s` seconds."""
        if left_s >= POLL_S:
            return await self._receive(maximum, POLL_S)
        await asyncio.sleep(min(left_s, LAST_POLLS_S))
        return await self._receive(maximum, 0)

    def _full(self, batch: Sequence[ReceivedMessage]) -> bool:
        return len(batch) >= self.mapping.batch_size or sum(len(message.record) for message in batch) >= PAYLOAD_BYTES

    async def _receive(self, maximum: int, wait_s: int) -> list[ReceivedMessage]:
        """Receive once; messages that no filter matches are deleted and take no place in the batch (ES-31)."""
        queue, visibility_s = self.mapping.queue, self.visibility_s
        messages = await self.queues.receive(queue, maximum=maximum, wait_s=wait_s, visibility_s=visibility_s)
        hidden_until = self.clock() + self.hidden_s()
        kept, dropped, stopped = [], [], set[str]()
        for message in messages:
            group = ReceivedMessage(message, b"", hidden_until).group
            if group and group in stopped:  # it becomes visible again in order, after the unreadable message (ES-15)
                continue
            try:
                received, wanted = self._read(message, hidden_until)
            except Exception as error:  # noqa: BLE001  # one malformed message must not stop the others
                stopped.add(group)
                self._report_unreadable(message, error)
                continue
            if wanted:
                kept.append(received)
            else:
                dropped.append(received.handle)
                self.emit(MessageFiltered(self.mapping.queue, received.id, received.trace_header))
        if dropped:
            log.info("%s: %d messages match no filter and are deleted", self.mapping.queue, len(dropped))
            await asyncio.shield(self.queues.delete(self.mapping.queue, dropped))
        return kept

    def _read(self, message: Message, hidden_until: float) -> tuple[ReceivedMessage, bool]:
        """Return a message with its record, and whether the filters pass it."""
        record = to_record(message, queue_arn=self.source.queue_arn, region=self.source.region)
        received = ReceivedMessage(message, encode_record(record), hidden_until)
        sent_ms = int(message.get("Attributes", {}).get("SentTimestamp", 0))
        size = len(str(message["Body"]).encode())
        event = MessageReceived(
            self.mapping.queue,
            received.id,
            received.trace_header,
            sent_ms=sent_ms,
            receive_count=received.receive_count,
            size_bytes=size,
            body=str(message["Body"]),
        )
        self.emit(event)
        return received, self.filters.match(record)

    def _report_unreadable(self, message: Message, error: Exception) -> None:
        """Log why a malformed message is left to its visibility timeout."""
        queue, message_id = self.mapping.queue, str(message.get("MessageId", ""))
        why = f"it cannot be read ({type(error).__name__}: {error})"
        log.error("%s: message %s comes back after its visibility timeout: %s", queue, message_id, why, exc_info=error)
        self.emit(MessageReturned(queue, message_id, reason=why))
