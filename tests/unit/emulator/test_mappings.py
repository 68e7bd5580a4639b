"""The owner of the running mappings: states and changes, with pollers that do nothing."""

import asyncio
from dataclasses import replace

from emulator.event_source.mappings import Mappings, State
from emulator.resources import EventSourceMapping

JOBS = EventSourceMapping("JobsToWorker", "jobs", "worker")


class Pollers:
    """Makes pollers that only wait, the last one also for its batch in flight."""

    def __init__(self) -> None:
        self.running: list[EventSourceMapping] = []
        self.batch_done = asyncio.Event()
        self.batch_done.set()

    def __call__(self, mapping: EventSourceMapping) -> "Waiting":
        return Waiting(self, mapping)


class Waiting:
    def __init__(self, pollers: Pollers, mapping: EventSourceMapping) -> None:
        self.pollers, self.mapping = pollers, mapping

    async def run(self, stopping: asyncio.Event) -> None:
        self.pollers.running.append(self.mapping)
        await stopping.wait()
        await self.pollers.batch_done.wait()
        self.pollers.running.remove(self.mapping)


async def turns() -> None:
    """Let every task go on until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_es40_a_mapping_goes_through_its_states() -> None:
    async def scenario() -> None:
        pollers = Pollers()
        mappings = Mappings([JOBS], pollers)
        (entry,) = mappings.all()
        async with asyncio.TaskGroup() as group:
            mappings.start(group)
            assert entry.state is State.CREATING
            await turns()
            assert (entry.state, pollers.running) == (State.ENABLED, [JOBS])
            mappings.update(entry, replace(JOBS, enabled=False))
            assert entry.state is State.DISABLING
            await turns()
            assert (entry.state, pollers.running) == (State.DISABLED, [])
            mappings.update(entry, replace(JOBS, batch_size=3))
            assert entry.state is State.ENABLING
            await turns()
            assert (entry.state, pollers.running) == (State.ENABLED, [replace(JOBS, batch_size=3)])
            mappings.delete(entry)
            assert entry.state is State.DELETING
            await turns()
            assert (mappings.all(), pollers.running) == ([], [])

    asyncio.run(scenario())


def test_es40_a_change_waits_for_the_batches_in_flight() -> None:
    """Two pollers of one mapping at once would pass its MaximumConcurrency (ES-14)."""

    async def scenario() -> None:
        pollers = Pollers()
        mappings = Mappings([JOBS], pollers)
        (entry,) = mappings.all()
        async with asyncio.TaskGroup() as group:
            mappings.start(group)
            await turns()
            pollers.batch_done.clear()
            mappings.update(entry, replace(JOBS, maximum_concurrency=2))
            await turns()
            assert (entry.state, pollers.running) == (State.UPDATING, [JOBS])
            pollers.batch_done.set()
            await turns()
            assert pollers.running == [replace(JOBS, maximum_concurrency=2)]
            mappings.stop()

    asyncio.run(scenario())


def test_a_stop_ends_all_mappings_also_disabled_ones() -> None:
    async def scenario() -> None:
        pollers = Pollers()
        mappings = Mappings([JOBS, replace(JOBS, queue="plain", enabled=False)], pollers)
        async with asyncio.TaskGroup() as group:
            mappings.start(group)
            await turns()
            mappings.create(replace(JOBS, queue="spare"))
            await turns()
            assert len(pollers.running) == 2
            mappings.stop()
            await mappings.drain()
            assert pollers.running == []

    asyncio.run(scenario())


def test_a_templates_mapping_has_the_same_uuid_at_every_start() -> None:
    async def scenario() -> list[str]:
        return [entry.uuid for entry in Mappings([JOBS], Pollers()).all()]

    assert asyncio.run(scenario()) == asyncio.run(scenario())
