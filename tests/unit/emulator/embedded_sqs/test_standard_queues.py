"""Standard queues of the embedded SQS: what is sent, received and deleted, and when."""

import asyncio

from tests.unit.emulator.embedded_sqs.virtual_sqs import VirtualSqs, now, run


def test_a_message_is_received_deleted_and_gone() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        (sent,) = await sqs.send("q", "hello")
        (message,) = await sqs.receive("q")
        assert (message["MessageId"], message["Body"]) == (sent, "hello")
        assert message["MD5OfBody"] == "5d41402abc4b2a76b9719d911017c592"  # md5 -s hello
        await sqs.delete("q", message)
        await asyncio.sleep(100)
        assert await sqs.receive("q") == []
        assert await sqs.counts("q") == (0, 0, 0)

    run(program)


def test_a_message_that_nobody_deletes_comes_back_after_its_visibility_timeout() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", VisibilityTimeout="7")
        await sqs.send("q", "a")
        (first,) = await sqs.receive("q")
        assert first["Attributes"]["ApproximateReceiveCount"] == "1"
        await asyncio.sleep(6.9)
        assert await sqs.receive("q") == []
        assert await sqs.counts("q") == (0, 1, 0)
        await asyncio.sleep(0.1)
        (second,) = await sqs.receive("q")
        assert second["Attributes"]["ApproximateReceiveCount"] == "2"
        assert second["ReceiptHandle"] != first["ReceiptHandle"]
        received = second["Attributes"]["ApproximateFirstReceiveTimestamp"]
        assert received == first["Attributes"]["ApproximateFirstReceiveTimestamp"]

    run(program)


def test_the_visibility_of_a_receive_and_of_a_change_count_before_the_queues() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", VisibilityTimeout="100")
        await sqs.send("q", "a")
        (message,) = await sqs.receive("q", VisibilityTimeout=3)
        await asyncio.sleep(2)
        handle = {"ReceiptHandle": message["ReceiptHandle"]}
        await sqs.call("ChangeMessageVisibility", "q", VisibilityTimeout=5, **handle)
        await asyncio.sleep(4.9)
        assert await sqs.receive("q") == []
        await asyncio.sleep(0.1)
        assert await sqs.bodies("q") == ["a"]

    run(program)


def test_a_delayed_message_waits_and_is_counted_as_delayed() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", DelaySeconds="5")
        await sqs.send("q", "late")
        await sqs.send("q", "at once", DelaySeconds=0)
        assert await sqs.counts("q") == (1, 0, 1)
        assert await sqs.bodies("q") == ["at once"]
        await asyncio.sleep(5)
        assert await sqs.bodies("q") == ["late"]

    run(program)


def test_a_long_poll_is_woken_by_a_send_and_by_a_message_that_comes_back() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", VisibilityTimeout="4")
        poll = asyncio.ensure_future(sqs.bodies("q", WaitTimeSeconds=20))
        await asyncio.sleep(3)
        await sqs.send("q", "a")
        began = now()
        assert await poll == ["a"]
        assert now() == began
        assert await sqs.bodies("q", WaitTimeSeconds=20) == ["a"]
        assert now() == began + 4

    run(program)


def test_a_long_poll_without_messages_ends_after_its_time() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", ReceiveMessageWaitTimeSeconds="9")
        began = now()
        assert await sqs.receive("q") == []
        assert now() == began + 9
        assert await sqs.receive("q", WaitTimeSeconds=0) == []
        assert now() == began + 9

    run(program)


def test_a_poll_that_is_cancelled_has_taken_nothing() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        poll, other = (asyncio.ensure_future(sqs.receive("q", 1, WaitTimeSeconds=20)) for _ in range(2))
        await asyncio.sleep(1)
        await sqs.send("q", "a")  # wakes the first poll, which has not run yet
        poll.cancel()
        (message,) = await other
        assert (message["Body"], message["Attributes"]["ApproximateReceiveCount"]) == ("a", "1")

    run(program)


def test_es45_a_message_goes_to_the_dead_letters_when_it_would_be_received_once_too_often() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("dead")
        target = "arn:aws:sqs:us-east-1:000000000000:dead"
        policy = f'{{"deadLetterTargetArn": "{target}", "maxReceiveCount": 2}}'
        await sqs.create("q", RedrivePolicy=policy, VisibilityTimeout="0")
        (sent,) = await sqs.send("q", "a")
        for count in ("1", "2"):
            (message,) = await sqs.receive("q")
            assert message["Attributes"]["ApproximateReceiveCount"] == count
        assert await sqs.receive("q") == []
        (dead,) = await sqs.receive("dead")
        assert dead["MessageId"] == sent
        assert dead["Attributes"]["DeadLetterQueueSourceArn"] == "arn:aws:sqs:us-east-1:000000000000:q"
        assert dead["Attributes"]["ApproximateReceiveCount"] == "3"  # it goes on counting, as recorded on AWS

    run(program)


def test_a_poll_that_waits_finds_the_messages_of_a_queue_that_was_made_anew() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        poll = asyncio.ensure_future(sqs.bodies("q", WaitTimeSeconds=20))
        await asyncio.sleep(1)
        await sqs.call("DeleteQueue", "q")
        await sqs.create("q")
        await sqs.send("q", "new")
        assert await poll == ["new"]

    run(program)


def test_each_of_many_polls_gets_one_message_and_none_waits_beside_one() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        polls = [asyncio.ensure_future(sqs.bodies("q", 1, WaitTimeSeconds=20)) for _ in range(20)]
        await asyncio.sleep(1)
        for poll in polls[::3]:
            poll.cancel()
        began = now()
        sent = [str(n) for n in range(13)]
        for body in sent:
            await sqs.send("q", body)
        received = await asyncio.gather(*polls, return_exceptions=True)
        bodies = [one for answer in received if isinstance(answer, list) for one in answer]
        assert sorted(bodies) == sorted(sent)
        assert now() == began

    run(program)
