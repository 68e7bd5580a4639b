"""Faults of a mapping: a batch that is delivered twice, one whose delete is lost, one that is deleted too late."""

import asyncio
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from emulator.event_source.batching import ReceivedMessage
from emulator.event_source.settle import SettlePlan
from emulator.events import Emit, MessageBatched
from emulator.faults.fault_rules import BATCH_FAULTS, FaultKind, FaultRule
from emulator.faults.fault_switch import FaultSwitch
from emulator.invocation import Invocation, Invoker

log = logging.getLogger(__name__)

LATE_S = 1.0  #: after its visibility timeout, a batch with the fault `late` is deleted


@dataclass(frozen=True, slots=True)
class FaultyBatches:
    """What the switched-on faults do to the batches of one mapping."""

    faults: FaultSwitch
    queue: str  #: the mapping's queue, by its name
    function: str
    invoker: Invoker
    emit: Emit

    def take(self, plan: SettlePlan) -> FaultRule | None:
        """Return the fault of a batch that was processed, at least in part; None if it has none."""
        return self.faults.take(self.function, BATCH_FAULTS) if plan.delete else None

    async def before_settling(self, rule: FaultRule | None, plan: SettlePlan, hidden_s: float) -> SettlePlan:
        """Return the plan to carry out, when it is time; the batch's messages stay hidden for `hidden_s` seconds."""
        if rule and rule.kind is FaultKind.LOST_DELETE:
            return SettlePlan(plan.verdict, reason=rule.reason)
        if rule and rule.kind is FaultKind.LATE:
            log.warning("%s: a batch is deleted after its visibility timeout (%s)", self.queue, rule.reason)
            await asyncio.sleep(max(0.0, hidden_s) + LATE_S)
        return plan

    async def after_settling(
        self, rule: FaultRule | None, invocation: Invocation, batch: Sequence[ReceivedMessage]
    ) -> None:
        """Deliver the batch once more, as SQS may (ES-16), if that is its fault; nothing depends on the outcome."""
        if not rule or rule.kind is not FaultKind.DUPLICATE:
            return
        log.warning("%s: %d messages are delivered a second time (%s)", self.queue, len(batch), rule.reason)
        again = replace(invocation, request_id=str(uuid.uuid4()))
        for message in batch:
            self.emit(MessageBatched(self.queue, message.id, message.trace_header, again.request_id))
        await self.invoker.invoke(again)
