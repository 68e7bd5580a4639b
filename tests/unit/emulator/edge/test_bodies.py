"""The memory that bodies take: nobody waits for ever, and no more is held than is allowed, but for one body."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from emulator.edge.bodies import FREE_BYTES, BodyMemory

MB = 1 << 20


def test_bodies_wait_for_memory_and_get_it_when_another_request_is_answered() -> None:
    async def scenario() -> None:
        memory = BodyMemory(10 * MB)
        with memory.share() as ahead, memory.share() as third:
            with memory.share() as first:
                await first.grow(8 * MB)
                await ahead.grow(6 * MB)  # goes ahead of what there is
                waiting = asyncio.ensure_future(third.grow(5 * MB))
                await asyncio.sleep(0)
                assert not waiting.done()
                assert third.is_held
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert not waiting.done(), "11 MB of 10"
            ahead.resize(1 * MB)
            with memory.share():
                pass
            await waiting
            assert not third.is_held

    asyncio.run(scenario())


def test_bodies_of_64_kb_never_wait() -> None:
    async def scenario() -> None:
        memory = BodyMemory(1)
        with memory.share() as one, memory.share() as two, memory.share() as small:
            await one.grow(MB)
            waiting = asyncio.ensure_future(two.grow(MB))
            await asyncio.sleep(0)
            await small.grow(FREE_BYTES)
            assert not waiting.done()
            waiting.cancel()

    asyncio.run(scenario())


@given(st.lists(st.lists(st.integers(1, 4 * MB), min_size=1, max_size=5), min_size=1, max_size=20), st.randoms())
def test_bodies_all_arrive_and_never_exceed_the_memory_by_more_than_one_of_them(chunks, random) -> None:
    """Requests that grow step by step, some of which give up in between: none is left waiting, and all is given back."""

    async def scenario() -> None:
        memory, most = BodyMemory(8 * MB), max(sum(steps) for steps in chunks)
        leaves = [random.random() < 0.2 for _ in chunks]

        async def request(steps: list[int], *, leaves: bool) -> None:
            with memory.share() as share:
                size = 0
                for step in steps:
                    size += step
                    await share.grow(size)
                    assert memory.used_bytes <= 8 * MB + most
                    await asyncio.sleep(0)
                    if leaves:
                        return

        requests = (request(steps, leaves=one) for steps, one in zip(chunks, leaves, strict=True))
        async with asyncio.timeout(240):
            await asyncio.gather(*requests)
        assert memory.used_bytes == 0

    asyncio.run(scenario())
