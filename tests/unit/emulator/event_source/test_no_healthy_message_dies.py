"""No message dies that no call failed on: mappings with real pools, scripted engines and a model of SQS, in virtual time.

What these tests can show: how many batches are taken, when they are invoked, and what a poll takes that was cut off.
What they cannot: the timing of a real queue server and of real processes; tests/processes and tests/containers do.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest

from emulator.environments.environment import Environment
from emulator.environments.pools import Pools
from emulator.event_source.batching import Source
from emulator.event_source.mapping import Poller
from emulator.event_source.pollers import Pollers
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import EventSourceMapping, Function
from emulator.stack.stack import Stack
from tests.unit.emulator.scripted import Starts
from tests.unit.emulator.sqs_model import SqsModel, now, run
from tests.unit.emulator.stacks import stack_of

WORKER = Function("Worker", "worker", "image", (), 10, 128, 512)
AWS_DEFAULT = EventSourceMapping("Mapping", "jobs", "worker")  #: no MaximumConcurrency


@dataclass
class Work:
    """An engine's side of a function that takes its time for each message, and never fails."""

    per_message_s: float = 0.4
    processed: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)  #: messages whose visibility was over when their call began
    visibility_s: float = 0.0  #: 0: nobody looks
    received_at: dict[str, float] = field(default_factory=dict)

    async def call(self, invocation: Invocation) -> Outcome:
        records = json.loads(invocation.payload)["Records"]
        for record in records if self.visibility_s else ():
            if now() > self.received_at[record["receiptHandle"]] + self.visibility_s:
                self.late.append(record["messageId"])
        await asyncio.sleep(self.per_message_s * len(records))
        self.processed += [record["messageId"] for record in records]
        return Outcome(OutcomeKind.SUCCESS, b"null")


class Queue(SqsModel):
    """A queue that also keeps when each receipt handle was given out."""

    def __init__(self, *, visibility_s: float = 20, maximum_receives: int = 3) -> None:
        super().__init__(visibility_s, maximum_receives)
        self.received_at: dict[str, float] = {}

    def _take(self, maximum: int, visibility_s: int | None):
        messages = super()._take(maximum, visibility_s)
        self.received_at |= {str(message["ReceiptHandle"]): now() for message in messages}
        return messages


@dataclass
class Application:
    """A queue, a function with some environments, and a mapping between them."""

    queue: Queue
    pools: Pools
    stack: Stack
    pollers: Pollers
    work: Work

    def add_environment(self, name: str) -> Environment:
        """Add one, whose supervisor comes again when the function was changed."""
        loop = asyncio.get_running_loop()

        def renew() -> None:
            loop.call_later(0.5, self.add_environment, f"{name} anew")

        environment = Environment(name, "worker", restart=lambda: None, renew=renew)
        self.pools.started(environment, self.work)
        return environment

    async def until_empty(self, seconds: float) -> None:
        end = now() + seconds
        while self.queue.messages and now() < end:
            await asyncio.sleep(1)


@contextlib.asynccontextmanager
async def application(
    queue: Queue,
    *,
    mapping: EventSourceMapping = AWS_DEFAULT,
    environments: int = 2,
    function: Function = WORKER,
    starts: Starts | None = None,
) -> AsyncIterator[Application]:
    async with asyncio.TaskGroup() as group:
        stack = stack_of(functions=[function], mappings=[mapping])
        pools = Pools(stack.functions, starter=starts)
        source = Source(
            "arn:aws:sqs:us-east-1:000000000000:jobs",
            "us-east-1",
            int(queue.visibility_s),
            function.timeout_s,
            queue.maximum_receives,
        )
        pollers = Pollers(stack, lambda changed: Poller(changed, source, queue, pools, now))
        work = Work(visibility_s=queue.visibility_s, received_at=queue.received_at)
        running = Application(queue, pools, stack, pollers, work)
        keeping = group.create_task(pools.run())
        if starts:
            starts.pools, starts.engine = pools, lambda: work
        else:
            for number in range(environments):
                running.add_environment(f"e{number}")
        pollers.start(group)
        try:
            yield running
        finally:
            pollers.stop()
            await pollers.drain()
            keeping.cancel()


def assert_all_processed(running: Application, count: int) -> None:
    assert not running.queue.dead, f"{len(running.queue.dead)} of {count} dead-lettered, and no call failed"
    assert not running.queue.messages
    assert not running.work.late, "invoked although its visibility was over"
    assert sorted(running.work.processed) == sorted(f"m{number}" for number in range(count)), "each of them once"


@pytest.mark.parametrize("environments", [1, 2, 5])
def test_a_backlog_is_processed_whole_without_maximum_concurrency(environments: int) -> None:
    async def scenario() -> None:
        queue = Queue(visibility_s=20, maximum_receives=3)
        queue.put(*map(str, range(600)))
        async with application(queue, environments=environments) as running:
            await running.until_empty(400)
            assert_all_processed(running, 600)

    run(scenario())


@pytest.mark.parametrize("maximum_concurrency", [None, 2, 100])
def test_a_backlog_is_processed_whole_at_a_receive_count_of_one(maximum_concurrency: int | None) -> None:
    """The hardest set-up: each message may be received once, and visibility is as short as AWS allows."""

    async def scenario() -> None:
        queue = Queue(visibility_s=10, maximum_receives=1)
        queue.put(*map(str, range(200)))
        mapping = replace(AWS_DEFAULT, maximum_concurrency=maximum_concurrency)
        async with application(queue, mapping=mapping) as running:
            await running.until_empty(200)
            assert_all_processed(running, 200)

    run(scenario())


def test_a_mapping_takes_nothing_while_no_environment_runs() -> None:
    """A function that starts, or starts anew, uses up no receives of its messages."""

    async def scenario() -> None:
        queue = Queue(maximum_receives=1)
        queue.put("early")
        async with application(queue, environments=0) as running:
            await asyncio.sleep(100)
            assert queue.received_at == {}
            running.add_environment("late")
            await running.until_empty(5)
            assert_all_processed(running, 1)

    run(scenario())


def test_other_callers_do_not_age_a_batch() -> None:
    """A function that is called directly all the time: a batch is next when an environment is free."""

    async def scenario() -> None:
        queue = Queue(visibility_s=20, maximum_receives=1)
        queue.put(*map(str, range(100)))
        async with application(queue) as running:
            busy = True

            async def caller() -> None:
                event = json.dumps({"Records": [{"messageId": "direct", "receiptHandle": "direct"}] * 5}).encode()
                queue.received_at["direct"] = float("inf")
                while busy:
                    await running.pools.invoke(Invocation("worker", "id", event))

            callers = [asyncio.ensure_future(caller()) for _ in range(30)]
            await running.until_empty(300)
            busy = False
            await asyncio.gather(*callers)
            direct = running.work.processed.count("direct")
            assert direct > 100, "nor do batches starve the others"
            running.work.processed = [one for one in running.work.processed if one != "direct"]
            assert_all_processed(running, 100)

    run(scenario())


def test_a_batch_whose_visibility_is_over_is_not_invoked(caplog: pytest.LogCaptureFixture) -> None:
    """Its environment is lost after the message was taken; the message comes back and is processed by another."""

    async def scenario() -> None:
        queue = Queue(visibility_s=20, maximum_receives=3)
        async with application(queue, environments=1) as running:
            await asyncio.sleep(5)  # it polls
            running.pools.resetting(running.pools.pools["worker"].environments[0], "lost")
            queue.put("a")
            await asyncio.sleep(60)
            assert running.work.processed == []
            running.add_environment("another")
            await running.until_empty(30)
            assert_all_processed(running, 1)

    run(scenario())
    assert "no environment was free" in caplog.text


@pytest.mark.parametrize("takes_s", [0.3, 3, 30])
@pytest.mark.parametrize("maximum_receives", [1, 3])
def test_a_backlog_is_processed_whole_while_environments_are_started_for_it(
    takes_s: float, maximum_receives: int
) -> None:
    async def scenario() -> None:
        queue = Queue(visibility_s=10, maximum_receives=maximum_receives)
        queue.put(*map(str, range(300)))
        starts = Starts(takes_s=takes_s)
        async with application(queue, starts=starts) as running:
            await running.until_empty(400)
            assert_all_processed(running, 300)
            assert starts.most == 5

    run(scenario())


@pytest.mark.parametrize("works", [1, 2, 4])
def test_a_backlog_is_processed_whole_although_further_environments_do_not_start(works: int) -> None:
    async def scenario() -> None:
        queue = Queue(visibility_s=10, maximum_receives=1)
        queue.put(*map(str, range(300)))
        async with application(queue, starts=Starts(works=works)) as running:
            await running.until_empty(400)
            assert_all_processed(running, 300)

    run(scenario())


@pytest.mark.parametrize("always", [1, 2])
def test_a_backlog_is_processed_whole_while_the_machine_is_too_busy_for_more(always: int) -> None:
    """Batches take 8 of the 10 s that messages are hidden: one that waited for another one would be received twice."""

    async def scenario() -> None:
        queue = Queue(visibility_s=10, maximum_receives=2)
        queue.put(*map(str, range(200)))
        async with application(queue, starts=Starts(busy=True, always=always, takes_s=0.3)) as running:
            running.work.per_message_s = 0.8
            await running.until_empty(800)
            assert_all_processed(running, 200)

    run(scenario())


def test_a_mapping_uses_more_environments_as_soon_as_the_machine_is_not_busy() -> None:
    async def scenario() -> None:
        queue = Queue(visibility_s=30, maximum_receives=1)
        queue.put(*map(str, range(300)))
        starts = Starts(busy=True)
        async with application(queue, starts=starts) as running:
            await asyncio.sleep(30)
            assert starts.most == 2
            starts.busy = False
            await asyncio.sleep(30)
            assert starts.most == 5
            await running.until_empty(400)
            assert_all_processed(running, 300)

    run(scenario())


def test_a_function_that_never_starts_takes_no_message() -> None:
    async def scenario() -> None:
        queue = Queue(maximum_receives=1)
        queue.put("a")
        async with application(queue, starts=Starts(works=0)):
            await asyncio.sleep(100)
            assert queue.received_at == {}

    run(scenario())


def test_thirty_messages_that_take_a_second_each_are_done_about_as_soon_as_on_aws() -> None:
    """AWS takes five batches at once (ES-13): 6 s. One environment is warm, the others are started first."""

    async def scenario() -> float:
        queue = Queue(visibility_s=30, maximum_receives=3)
        queue.put(*map(str, range(30)))
        async with application(
            queue, mapping=replace(AWS_DEFAULT, batch_size=1), starts=Starts(takes_s=0.5)
        ) as running:
            running.work.per_message_s = 1.0
            await asyncio.sleep(0.5)
            began = now()
            while queue.messages:
                await asyncio.sleep(0.1)
            return now() - began

    assert 6 <= run(scenario()) <= 8


CHANGES = {
    "disabled": lambda app, one: app.stack.mappings.update(one.uuid, replace(one.mapping, enabled=False)),
    "changed": lambda app, one: app.stack.mappings.update(one.uuid, replace(one.mapping, batch_size=3)),
    "deleted": lambda app, one: app.stack.mappings.delete(one.uuid),
    "function changed": lambda app, one: app.stack.functions.put("worker", replace(WORKER, memory_mb=256)),
    "stopped": lambda app, one: app.pollers.stop(),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("window_s", [0, 30])
def test_a_message_that_a_poll_takes_during_a_change_is_not_lost(change: str, window_s: int) -> None:
    """maxReceiveCount 1: what was received and not processed is a dead letter that nobody has seen."""

    async def scenario() -> None:
        queue = Queue(visibility_s=60, maximum_receives=1)
        mapping = replace(AWS_DEFAULT, batch_window_s=window_s)
        async with application(queue, mapping=mapping) as running:
            (one,) = running.stack.mappings.values()
            if window_s:
                queue.put("waits in the window")
            await asyncio.sleep(3.1)
            CHANGES[change](running, one)
            await asyncio.sleep(0.1)
            queue.put("comes while the poll is being given up")
            await asyncio.sleep(200)
            if change in ("disabled", "deleted", "stopped"):  # what is still in the queue was not received
                assert all(one.received == 0 for one in queue.messages)
            else:
                assert not queue.messages
            taken = {handle.partition("/")[0] for handle in queue.received_at}
            assert set(running.work.processed) == taken
            assert not queue.dead

    run(scenario())


def test_a_stop_waits_for_a_poll_no_longer_than_two_seconds() -> None:
    async def scenario() -> float:
        async with application(Queue()) as running:
            await asyncio.sleep(7.3)
            running.pollers.stop()
            began = now()
            await running.pollers.drain()
            return now() - began

    assert run(scenario()) <= 2


def test_an_abort_returns_what_was_taken_and_not_yet_invoked() -> None:
    """Ctrl-C twice: nobody waits for calls in flight, and what no call has begun on goes back at once."""

    async def scenario() -> None:
        queue = Queue(visibility_s=600, maximum_receives=0)
        async with application(queue, mapping=replace(AWS_DEFAULT, batch_window_s=100)) as running:
            queue.put("a")
            await asyncio.sleep(3)
            running.pollers.cancel()
            await running.pollers.drain()
            assert queue.returned == ["m0"]
            assert running.work.processed == []

    run(scenario())
