"""Publishing takes time, in which other requests come."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.code_hosting import CodeHosting, Hosting
from emulator.lambda_api.publishing import Publishing
from emulator.resources import Function
from emulator.stack.stack import Stack
from tests.unit.emulator.stacks import stack_of

WORKER = Function("Worker", "worker", "image", (), 3, 128, 512)


@dataclass
class SlowSnapshots:
    """Takes snapshots when it may."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    taken: list[tuple[str, int]] = field(default_factory=list)

    async def take(self, function: Function, key: str) -> None:
        await self.go.wait()
        self.taken.append((key, function.memory_mb))

    def drop(self, version: Function) -> None:
        """Nothing is kept."""


def publishing() -> tuple[Publishing, Stack, SlowSnapshots]:
    stack, snapshots = stack_of(functions=[WORKER]), SlowSnapshots()
    return Publishing(stack, snapshots, CodeHosting(Hosting.PROCESSES)), stack, snapshots


def test_la06_two_requests_at_once_publish_one_version_with_its_code() -> None:
    async def main() -> None:
        publisher, stack, snapshots = publishing()
        both = asyncio.gather(publisher.publish("worker"), publisher.publish("worker"))
        await asyncio.sleep(0)
        snapshots.go.set()
        assert [version.version for version in await both] == ["1", "1"]
        assert [key for key, _ in snapshots.taken] == [version.key for version in stack.versions.of("worker")]

    asyncio.run(main())


def test_la06_a_version_has_the_configuration_and_the_code_of_one_moment() -> None:
    async def main() -> None:
        publisher, stack, snapshots = publishing()
        version = asyncio.ensure_future(publisher.publish("worker"))
        await asyncio.sleep(0)
        stack.functions.put("worker", replace(WORKER, memory_mb=256))
        snapshots.go.set()
        assert ((await version).memory_mb, snapshots.taken[0][1]) == (128, 128)
        assert (await publisher.publish("worker")).version == "2", "the function has been changed since"

    asyncio.run(main())


def test_a_function_that_is_deleted_meanwhile_is_not_found() -> None:
    async def main() -> None:
        publisher, stack, snapshots = publishing()
        version = asyncio.ensure_future(publisher.publish("worker"))
        await asyncio.sleep(0)
        stack.functions.remove("worker")
        snapshots.go.set()
        with pytest.raises(ApiError, match="worker"):
            await version

    asyncio.run(main())
