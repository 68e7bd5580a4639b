"""An event source mapping on the embedded queue, in virtual time: nothing in between costs time."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from emulator.aws.arns import Arns
from emulator.event_source.batching import Source
from emulator.event_source.mapping import Poller
from emulator.invocation import Outcome, OutcomeKind
from emulator.queues.embedded.in_process import InProcessSqs
from emulator.queues.embedded.opening import open_queues
from emulator.queues.template_queues import TemplateQueues
from emulator.resources import EventSourceMapping, Queue
from tests.unit.emulator import sqs_model
from tests.unit.emulator.embedded_sqs.virtual_sqs import VirtualSqs, now
from tests.unit.emulator.event_source.test_mapping import Answer, Function, failed

ORDERS = "orders.fifo"
Work = Callable[[VirtualSqs, TemplateQueues], Awaitable[Any]]


def run(work: Work) -> Any:
    async def with_queues() -> Any:
        async with open_queues(None, Arns(), clock=now) as sqs:
            queues = TemplateQueues(InProcessSqs(sqs), "this process", {})
            return await work(VirtualSqs(sqs), queues)

    return sqs_model.run(with_queues())


async def map_queue(
    queues: TemplateQueues, mapping: EventSourceMapping, function: Function, *, until: Callable[[], Awaitable[bool]]
) -> None:
    """Run a mapping until something holds."""
    visibility = Queue("", mapping.queue, {}).visibility_timeout_s
    source = Source(Arns().queue(mapping.queue), "us-east-1", visibility, 3)
    stopping = asyncio.Event()
    task = asyncio.ensure_future(Poller(mapping, source, queues, function, sqs_model.now).run(stopping))
    while not await until():
        await asyncio.sleep(0.1)
    stopping.set()
    await task


def empty(sqs: VirtualSqs, queue: str) -> Callable[[], Awaitable[bool]]:
    async def held() -> bool:
        return await sqs.counts(queue) == (0, 0, 0)

    return held


def test_es15_thirty_orders_in_three_groups_take_what_the_calls_take() -> None:
    async def work(sqs: VirtualSqs, queues: TemplateQueues) -> Function:
        await sqs.create(ORDERS, ContentBasedDeduplication="true")
        for number in range(30):
            await sqs.send(ORDERS, f"{'abc'[number % 3]}{number // 3}", MessageGroupId="abc"[number % 3])
        function = Function(takes_s=0.5)
        mapping = EventSourceMapping("M", ORDERS, "worker", batch_size=1)
        await map_queue(queues, mapping, function, until=empty(sqs, ORDERS))
        return function

    function = run(work)
    groups = defaultdict(list)
    for at, (body,) in function.events:
        groups[body[0]].append((at, int(body[1:])))
    assert function.most == 3
    for calls in groups.values():
        assert [number for _, number in calls] == list(range(10))
        assert [at for at, _ in calls] == pytest.approx([n * 0.5 for n in range(10)], abs=1e-6)


def test_es15_a_group_that_failed_comes_again_before_its_new_messages() -> None:
    async def work(sqs: VirtualSqs, queues: TemplateQueues) -> Function:
        await sqs.create(ORDERS, ContentBasedDeduplication="true", VisibilityTimeout="10")
        await sqs.send(ORDERS, "1", "2", MessageGroupId="g")
        function = Function([failed])
        running = asyncio.ensure_future(
            map_queue(queues, EventSourceMapping("M", ORDERS, "worker"), function, until=empty(sqs, ORDERS))
        )
        await asyncio.sleep(5)
        await sqs.send(ORDERS, "3", MessageGroupId="g")
        await running
        return function

    assert run(work).bodies == [["1", "2"], ["1", "2", "3"]]


def first_failure(body: str) -> Answer:
    """Answer as AWS tells functions of FIFO queues to: stop at the first failure, and report it and all after it."""

    def answer(records: list[dict[str, Any]]) -> Outcome:
        bodies = [record["body"] for record in records]
        left = records[bodies.index(body) :]
        items = [{"itemIdentifier": record["messageId"]} for record in left]
        return Outcome(OutcomeKind.SUCCESS, json.dumps({"batchItemFailures": items}).encode())

    return answer


def test_es52_after_a_partial_failure_the_failed_message_comes_with_all_after_it() -> None:
    async def work(sqs: VirtualSqs, queues: TemplateQueues) -> Function:
        await sqs.create(ORDERS, ContentBasedDeduplication="true", VisibilityTimeout="8")
        await sqs.send(ORDERS, "1", "2", "3", "4", MessageGroupId="g")
        function = Function([first_failure("2")])
        mapping = EventSourceMapping("M", ORDERS, "worker", report_batch_item_failures=True)
        await map_queue(queues, mapping, function, until=empty(sqs, ORDERS))
        return function

    (first, one), (second, two) = run(work).events
    assert (one, two) == (["1", "2", "3", "4"], ["2", "3", "4"])
    assert second - first == pytest.approx(8, abs=1e-6), "they come when their visibility is over, and at once"


def test_a_message_that_comes_to_a_mapping_that_waits_is_invoked_at_once() -> None:
    async def work(sqs: VirtualSqs, queues: TemplateQueues) -> list[float]:
        await sqs.create("jobs")
        function = Function()
        running = asyncio.ensure_future(
            map_queue(queues, EventSourceMapping("M", "jobs", "worker"), function, until=lambda: done(function))
        )
        sent = []
        for pause in (0.3, 3.7, 20.123):
            await asyncio.sleep(pause)
            sent.append(sqs_model.now())
            await sqs.send("jobs", str(pause))
        await running
        return [at - begun for begun, (at, _) in zip(sent, function.events, strict=True)]

    async def done(function: Function) -> bool:
        return len(function.events) == 3

    assert run(work) == pytest.approx([0, 0, 0], abs=1e-6)
