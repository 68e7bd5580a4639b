"""Messages stay hidden while a debugger is attached to their function, against a model of SQS in virtual time."""

import asyncio
from dataclasses import dataclass, field

import pytest

from emulator.debugging.debugger_state import DebuggerState
from emulator.event_source.batching import ReceivedMessage, Source
from emulator.event_source.mapping import Poller
from emulator.event_source.visibility import LONGEST_S, Visibility
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import EventSourceMapping
from tests.unit.emulator.event_source.test_mapping import Roomy, done
from tests.unit.emulator.sqs_model import SqsModel, now, run

HOURS_S = 3600.0
SQS_LIMIT_S = 12 * HOURS_S  #: AWS: "The maximum is 12 hours from the time that Amazon SQS receives the request."


@dataclass
class Debugged(Roomy):
    """A function that a debugger holds in each call, after a second, for so long."""

    holds_s: float
    debugger: DebuggerState = field(default_factory=DebuggerState)
    ends: bool = True
    begun: list[float] = field(default_factory=list)
    within_s: list[float] = field(default_factory=list)

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        self.begun.append(now())
        self.within_s.append(within_s or 0)
        await asyncio.sleep(1)
        self.debugger.change(attached=True, held=True)
        await asyncio.sleep(self.holds_s)
        self.debugger.change(attached=False, held=False)
        return done([]) if self.ends else Outcome(OutcomeKind.FUNCTION_ERROR, b"{}", reason="told to")


async def work(sqs: SqsModel, function: Debugged, seconds: float) -> None:
    source = Source("arn:aws:sqs:us-east-1:000000000000:jobs", "us-east-1", int(sqs.visibility_s), 3)
    mapping = EventSourceMapping("M", "jobs", "worker")
    poller = Poller(mapping, source, sqs, function, now, debugger=function.debugger)
    stopping = asyncio.Event()
    task = asyncio.ensure_future(poller.run(stopping))
    await asyncio.sleep(seconds)
    stopping.set()
    await task


def test_a_message_is_delivered_once_although_a_debugger_holds_its_function_for_hours() -> None:
    sqs, function = SqsModel(visibility_s=6), Debugged(holds_s=HOURS_S)
    sqs.put("a")
    run(work(sqs, function, 2 * HOURS_S))
    assert len(function.begun) == 1
    assert sqs.deleted == ["m0"]


def test_after_sqs_12_hours_it_comes_back() -> None:
    sqs, debugger = SqsModel(visibility_s=30), DebuggerState(attached=True)
    sqs.put("a")

    async def scenario() -> tuple[float, float]:
        began = now()
        (message,) = await sqs.receive("jobs", maximum=1, wait_s=0)
        visibility = Visibility("jobs", sqs, debugger, clock=now, timeout_s=lambda: 30)
        batch = [ReceivedMessage(message, b"", began + 30)]
        async with visibility.kept(batch):
            await asyncio.sleep(13 * HOURS_S)
            return sqs.messages[0].visible_at - began, visibility.left_s(batch)

    hidden_s, left_s = run(scenario())
    assert hidden_s == pytest.approx(SQS_LIMIT_S, abs=1)
    assert left_s == pytest.approx(-HOURS_S, abs=1)


def test_a_message_that_failed_comes_back_after_the_queues_timeout() -> None:
    sqs, function = SqsModel(visibility_s=6), Debugged(holds_s=100, ends=False)
    sqs.put("a")
    run(work(sqs, function, 110))
    first, second = function.begun[:2]
    assert 101 <= second - first <= 101 + 6 + 1, "the extensions were longer"


def test_a_killed_emulator_hides_a_message_for_minutes_only() -> None:
    sqs, function = SqsModel(visibility_s=600), Debugged(holds_s=HOURS_S)
    sqs.put("a")
    (stored,) = sqs.messages

    async def look() -> float:
        task = asyncio.ensure_future(work(sqs, function, HOURS_S))
        await asyncio.sleep(HOURS_S / 2)
        left = stored.visible_at - now()
        await task
        return left

    assert run(look()) <= LONGEST_S
