"""Event invocations: accepts and keeps events, invokes when an environment is free, retries after failures (RT-08)."""

import asyncio
import logging
import uuid
from dataclasses import dataclass, field

from emulator.aws.arns import read_function
from emulator.aws.limits import ASYNCHRONOUS_PAYLOAD_BYTES
from emulator.aws.trace_header import invocation_header
from emulator.event_invocations.accepted_event import AcceptedEvent
from emulator.event_invocations.deliveries import Delivery
from emulator.event_invocations.delivery_sender import DeliverySender
from emulator.event_invocations.function_events import EventRules, FunctionEvents
from emulator.invocation import BatchInvoker, Invocation
from emulator.queues import QueueMissingError, QueueRefusedError, SendableQueues
from emulator.queues.embedded.internal_queues import InternalQueues
from emulator.resources import Function
from emulator.stack.live import ResourceChange

log = logging.getLogger(__name__)

EVENTS = "events."  #: begins the name of an internal queue with events: the function and the qualifier follow


@dataclass(slots=True)
class EventInvocations:
    """Accepts events for functions, and processes each until it has succeeded or is given up.

    Accepted events are in internal queues, one for each function, version or alias that callers name. A queue with
    events has a task that takes them; events of a function that does not exist wait until it is made.
    """

    kept: InternalQueues
    invoker: BatchInvoker
    queues: SendableQueues  #: to which records and dead letters go
    rules: EventRules
    durable: bool = False  #: whether a restart finds what is kept
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)  #: by internal queue
    _sending: asyncio.Task[None] | None = None
    _serving: bool = False
    _sender: DeliverySender = field(init=False)
    _events: FunctionEvents = field(init=False)

    def __post_init__(self) -> None:
        self._sender = DeliverySender(self.kept, self.queues, self._accept_delivery, self.rules.clock)
        self._events = FunctionEvents(self.kept, self.invoker, self.rules)
        self.rules.functions.subscribe(self._follow)

    async def accept(self, invocation: Invocation) -> None:
        """Keep an event; its caller does not wait for the result.

        Raises `QueuesFullError`, or `QueueError` if the disk is full.
        """
        header = invocation_header([invocation.trace_id], invocation.function)
        payload = invocation.payload.decode("utf-8", "replace")
        event = AcceptedEvent(
            invocation.function,
            invocation.request_id,
            payload,
            header,
            self.rules.clock(),
            qualifier=invocation.qualifier,
        )
        queue = f"{EVENTS}{event.function}.{event.qualifier}"
        await self.kept.put_if_room(queue, event.to_text())
        self._look(queue)

    def start(self) -> None:
        """Begin to make the invocations of accepted events, also of those that an earlier run accepted."""
        self._serving = True
        self._sending = asyncio.ensure_future(self._sender.run())
        for queue in self.kept.names():
            self._look(queue)

    def stop(self) -> None:
        """Take no further events. Those that wait are kept for the next run, if there is a file for them."""
        self._serving = False
        for task in self._tasks.values():
            task.cancel()
        if self._sending:
            self._sending.cancel()

    def cancel(self) -> None:
        """Cancel the calls in flight; the next run makes them again, if there is a file for their events."""
        self._events.cancel()

    async def drain(self) -> None:
        """Wait for the end of the calls in flight, and send their records and dead letters."""
        await self._events.drain()
        await self._sender.send_last()
        left = sum(self.kept.count(name) for name in self.kept.names())
        if left and not self.durable:
            log.error("%d events, records and dead letters that waited are dropped: they were in memory only", left)

    def _look(self, queue: str) -> None:
        """Start a task for a queue of events if its function exists and the queue has none."""
        running = self._tasks.get(queue)
        if self._serving and _function(queue) in self.rules.functions and (running is None or running.done()):
            self._tasks[queue] = asyncio.ensure_future(self._events.run(queue))

    def _follow(self, change: ResourceChange[Function]) -> None:
        """Stop when a function is removed, and continue when it is created again."""
        for queue in self.kept.names():
            if _function(queue) != change.key:
                continue
            if change.after is not None:
                self._look(queue)
            elif task := self._tasks.pop(queue, None):
                task.cancel()
                log.warning("%s was deleted: its events wait until a function of this name is made", change.key)

    async def _accept_delivery(self, delivery: Delivery) -> None:
        """Accept a record as an event of a function."""
        target = read_function(delivery.target)
        if target is None or target.name not in self.rules.functions:
            raise QueueMissingError(f"there is no function {delivery.target}")
        payload = delivery.body.encode()
        if len(payload) > ASYNCHRONOUS_PAYLOAD_BYTES:
            raise QueueRefusedError(
                f"it has {len(payload):,} bytes, and an event at most {ASYNCHRONOUS_PAYLOAD_BYTES:,}"
            )
        request_id = str(uuid.uuid4())
        await self.accept(
            Invocation(target.name, request_id, payload, delivery.trace_header, qualifier=target.qualifier)
        )


def _function(queue: str) -> str:
    """Return the function whose events are in an internal queue; "" if the queue has no events."""
    return queue.removeprefix(EVENTS).partition(".")[0] if queue.startswith(EVENTS) else ""
