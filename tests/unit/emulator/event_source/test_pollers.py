"""Mappings of the stack that come, change and go, with pollers that do nothing."""

import asyncio
from dataclasses import replace

from emulator.event_source.concurrency import Batches
from emulator.event_source.pollers import Pollers
from emulator.resources import EventSourceMapping, Function
from emulator.stack.live_mappings import State
from emulator.stack.stack import Stack
from tests.unit.emulator.stacks import resources, stack_of

JOBS = EventSourceMapping("JobsToWorker", "jobs", "worker")
WORKER = Function("Worker", "worker", "image", (), 3, 128, 512)


class Polls:
    """Makes pollers that only wait, the last one also for its batch in flight."""

    def __init__(self) -> None:
        self.running: list[EventSourceMapping] = []
        self.batch_done = asyncio.Event()
        self.batch_done.set()

    def __call__(self, mapping: EventSourceMapping) -> "Waiting":
        return Waiting(self, mapping)


class Waiting:
    def __init__(self, pollers: Polls, mapping: EventSourceMapping) -> None:
        self.pollers, self.mapping = pollers, mapping

    async def run(self, stopping: asyncio.Event) -> None:
        self.pollers.running.append(self.mapping)
        await stopping.wait()
        await self.pollers.batch_done.wait()
        self.pollers.running.remove(self.mapping)

    def batches(self) -> Batches:
        return Batches(in_flight=0, limit=1, maximum=1)


async def turns() -> None:
    """Let every task go on until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


def polled(*mappings: EventSourceMapping) -> tuple[Stack, Polls, Pollers]:
    polls, stack = Polls(), stack_of(functions=[WORKER], mappings=mappings)
    return stack, polls, Pollers(stack, polls)


def test_es40_a_mapping_goes_through_its_states() -> None:
    async def scenario() -> None:
        stack, polls, pollers = polled(JOBS)
        (uuid,) = stack.mappings
        async with asyncio.TaskGroup() as group:
            pollers.start(group)
            assert stack.mappings[uuid].state is State.CREATING
            await turns()
            assert (stack.mappings[uuid].state, polls.running) == (State.ENABLED, [JOBS])
            assert stack.mappings.update(uuid, replace(JOBS, enabled=False)).state is State.DISABLING
            await turns()
            assert (stack.mappings[uuid].state, polls.running) == (State.DISABLED, [])
            assert stack.mappings.update(uuid, replace(JOBS, batch_size=3)).state is State.ENABLING
            await turns()
            assert (stack.mappings[uuid].state, polls.running) == (State.ENABLED, [replace(JOBS, batch_size=3)])
            assert stack.mappings.delete(uuid).state is State.DELETING
            await turns()
            assert (dict(stack.mappings), polls.running) == ({}, [])

    asyncio.run(scenario())


def test_es40_a_change_waits_for_the_batches_in_flight() -> None:
    """Two pollers of one mapping at once would pass its MaximumConcurrency (ES-14)."""

    async def scenario() -> None:
        stack, polls, pollers = polled(JOBS)
        (uuid,) = stack.mappings
        async with asyncio.TaskGroup() as group:
            pollers.start(group)
            await turns()
            polls.batch_done.clear()
            stack.mappings.update(uuid, replace(JOBS, maximum_concurrency=2))
            await turns()
            assert (stack.mappings[uuid].state, polls.running) == (State.UPDATING, [JOBS])
            polls.batch_done.set()
            await turns()
            assert polls.running == [replace(JOBS, maximum_concurrency=2)]
            pollers.stop()

    asyncio.run(scenario())


def test_a_stop_ends_all_mappings_also_disabled_ones() -> None:
    async def scenario() -> None:
        stack, polls, pollers = polled(JOBS, replace(JOBS, queue="plain", enabled=False))
        async with asyncio.TaskGroup() as group:
            pollers.start(group)
            await turns()
            stack.mappings.add(replace(JOBS, queue="spare"))
            await turns()
            assert len(polls.running) == 2
            pollers.stop()
            await pollers.drain()
            assert polls.running == []

    asyncio.run(scenario())


def test_a_template_that_changes_while_it_runs_starts_changes_and_ends_pollers() -> None:
    async def scenario() -> None:
        stack, polls, pollers = polled(JOBS)
        async with asyncio.TaskGroup() as group:
            pollers.start(group)
            await turns()
            spare = replace(JOBS, queue="spare")
            stack.apply(resources(functions=[WORKER], mappings=[replace(JOBS, batch_size=2), spare]))
            await turns()
            assert sorted(polls.running, key=str) == sorted([spare, replace(JOBS, batch_size=2)], key=str)
            stack.apply(resources(functions=[WORKER], mappings=[spare]))
            await turns()
            assert polls.running == [spare]
            assert [live.mapping for live in stack.mappings.values()] == [spare]
            pollers.stop()

    asyncio.run(scenario())


def test_a_mapping_rests_while_its_function_does_not_exist() -> None:
    async def scenario() -> None:
        stack, polls, pollers = polled(JOBS)
        async with asyncio.TaskGroup() as group:
            pollers.start(group)
            await turns()
            stack.functions.remove("worker")
            await turns()
            assert polls.running == []
            stack.functions.put("worker", WORKER)
            await turns()
            assert polls.running == [JOBS]
            pollers.stop()

    asyncio.run(scenario())


def test_a_mapping_that_comes_back_while_it_is_being_deleted_goes_on() -> None:
    async def scenario() -> None:
        stack, polls, pollers = polled(JOBS)
        template = stack.template
        async with asyncio.TaskGroup() as group:
            pollers.start(group)
            await turns()
            polls.batch_done.clear()
            stack.apply(resources(functions=[WORKER]))
            await turns()
            stack.apply(template)
            polls.batch_done.set()
            await turns()
            assert polls.running == [JOBS]
            assert [live.state for live in stack.mappings.values()] == [State.ENABLED]
            pollers.stop()

    asyncio.run(scenario())
