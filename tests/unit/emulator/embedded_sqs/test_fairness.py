"""Standard queues with groups: fair shares (ES-49), and messages that nobody manages to process (ES-50)."""

import asyncio

from tests.unit.emulator.embedded_sqs.virtual_sqs import VirtualSqs, run


def test_es49_a_quiet_group_is_served_before_a_noisy_one() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        for n in range(60):
            await sqs.send("q", f"noisy {n}", MessageGroupId="noisy")
        await sqs.send("q", "quiet 0", MessageGroupId="quiet")
        taken = [body for _ in range(3) for body in await sqs.bodies("q")]
        assert taken == [f"noisy {n}" for n in range(30)]  # with 30 in flight, the group becomes noisy
        assert await sqs.bodies("q", 3) == ["quiet 0", "noisy 30", "noisy 31"]

    run(program)


def test_es49_a_group_is_not_noisy_with_few_messages_in_flight() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        for n in range(40):
            await sqs.send("q", f"a {n}", MessageGroupId="a")
        await sqs.send("q", "b", MessageGroupId="b")
        for _ in range(2):
            await sqs.receive("q")
        await sqs.receive("q", 9)
        assert await sqs.bodies("q", 1) == ["a 29"]

    run(program)


def test_es49_messages_without_a_group_are_never_noisy() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        for n in range(50):
            await sqs.send("q", str(n))
        await sqs.send("q", "other", MessageGroupId="other")
        taken = [body for _ in range(4) for body in await sqs.bodies("q")]
        assert taken == [str(n) for n in range(40)]

    run(program)


def test_es50_a_message_that_was_received_three_times_goes_to_the_back() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", VisibilityTimeout="1")
        await sqs.send("q", "poison")
        for _ in range(2):
            assert await sqs.bodies("q") == ["poison"]
            await asyncio.sleep(1)
        await sqs.send("q", "healthy")
        assert await sqs.bodies("q", 1) == ["poison"]  # the third time, still at its place
        await asyncio.sleep(1)
        assert await sqs.bodies("q") == ["healthy", "poison"]

    run(program)
