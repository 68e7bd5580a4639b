"""Carries out what was decided for a batch: deletes messages, and reports what happens to each."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emulator.event_source.batching import ReceivedMessage, Source
from emulator.event_source.settle import SettlePlan
from emulator.events import Emit, MessageDeadLettered, MessageDeleted, MessageReturned
from emulator.queues import PolledQueues


@dataclass(frozen=True, slots=True)
class Settlement:
    """Settles the batches of one mapping."""

    source: Source
    queues: PolledQueues
    queue: str  #: the mapping's queue, by its name
    emit: Emit
    clock: Callable[[], float]  #: that of `ReceivedMessage.hidden_until`

    async def carry_out(self, plan: SettlePlan, batch: Sequence[ReceivedMessage], invocation_id: str) -> None:
        """Delete the messages that the plan names, and report what happens to each message."""
        handles = {message.id: message.handle for message in batch}
        # Shielded: after the function has succeeded, its messages must be deleted even if the emulator stops.
        await asyncio.shield(self.queues.delete(self.queue, [handles[i] for i in plan.delete]))
        for message in batch:
            if message.id in plan.delete:
                self.emit(MessageDeleted(self.queue, message.id, message.trace_header, invocation_id))
            else:
                self.emit_returned(message, plan.reason, invocation_id)

    def emit_returned(self, received: ReceivedMessage, reason: str, invocation_id: str = "") -> None:
        """Emit what happens to a message that is not deleted: it becomes visible again, or is moved as a dead letter.

        SQS moves it when it would be received once more. The event has the message's body, because a function that
        crashes cannot log the application's request_id.
        """
        most = self.source.maximum_receives
        kind = MessageDeadLettered if most and received.receive_count >= most else MessageReturned
        body = str(received.message.get("Body", ""))
        event = kind(
            self.queue,
            received.id,
            received.trace_header,
            reason=reason,
            body=body,
            invocation_id=invocation_id,
            visible_in_s=max(0.0, received.hidden_until - self.clock()),
        )
        self.emit(event)
