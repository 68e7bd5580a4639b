"""Port 9001's pages about the messages of the emulator's own queues."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from emulator.aws.arns import Arns
from emulator.queues.embedded.opening import open_queues
from emulator.queues.embedded.service import EmbeddedSqs
from emulator.queues.message_pages import MessagePages


@dataclass
class Desk:
    """Queues, and a program that asks the pages about them."""

    sqs: EmbeddedSqs
    http: aiohttp.ClientSession
    url: str

    async def ask(self, method: str, path: str) -> tuple[int, dict[str, Any]]:
        async with self.http.request(method, self.url + path) as answer:
            return answer.status, json.loads(await answer.text())

    async def messages(self, queue: str) -> list[dict[str, Any]]:
        _, told = await self.ask("GET", f"/queues/{queue}/messages")
        return list(told["messages"])

    async def send(self, queue: str, body: str, **more: Any) -> str:
        return str((await self.sqs.call("SendMessage", {"QueueUrl": queue, "MessageBody": body, **more}))["MessageId"])

    async def receive(self, queue: str) -> list[dict[str, Any]]:
        answer = await self.sqs.call("ReceiveMessage", {"QueueUrl": queue, "MaxNumberOfMessages": 10})
        return list(answer.get("Messages", []))

    async def make_pair(self) -> None:
        """Make `jobs`, whose messages go to `dead` after one receive."""
        await self.sqs.call("CreateQueue", {"QueueName": "dead"})
        policy = json.dumps({"deadLetterTargetArn": Arns().queue("dead"), "maxReceiveCount": 1})
        attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "0"}
        await self.sqs.call("CreateQueue", {"QueueName": "jobs", "Attributes": attributes})

    async def kill(self, *bodies: str) -> None:
        """Have messages of `jobs` become dead letters."""
        for body in bodies:
            await self.send("jobs", body)
        while await self.receive("jobs"):
            pass


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[Desk]:
    async with open_queues(None, Arns()) as sqs:
        app = web.Application()
        MessagePages(sqs).add_to(app)
        async with TestServer(app) as server, aiohttp.ClientSession() as http:
            yield Desk(sqs, http, f"http://127.0.0.1:{server.port}")


def with_desk(act: Callable[[Desk], Awaitable[None]]) -> None:
    async def run() -> None:
        async with opened() as desk:
            await act(desk)

    asyncio.run(run())


def test_messages_are_shown_and_not_received() -> None:
    async def act(desk: Desk) -> None:
        await desk.make_pair()
        attributes = {
            "n": {"DataType": "Number", "StringValue": "1"},
            "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        }
        sent = await desk.send("jobs", "ü", MessageAttributes=attributes)
        await desk.send("jobs", "later", DelaySeconds=60)
        for _ in range(3):
            first, second = await desk.messages("jobs")
        assert (first["id"], first["body"], first["state"], first["received"]) == (sent, "ü", "visible", 0)
        assert first["attributes"] == {**attributes, "b": {"DataType": "Binary", "BinaryValue": "AP8="}}
        assert (second["state"], second["visible_at"] - second["sent_at"]) == ("delayed", 60)
        (received,) = await desk.receive("jobs")
        assert received["Body"] == "ü", "looking counts as no receive: this is the first"

    with_desk(act)


def test_the_age_of_the_oldest_message_is_known_without_a_receive() -> None:
    async def act(desk: Desk) -> None:
        for name in ("q", "empty"):
            await desk.sqs.call("CreateQueue", {"QueueName": name})
        await desk.send("q", "x")
        _, told = await desk.ask("GET", "/queues")
        assert told["oldest_s"]["empty"] is None
        assert 0 <= told["oldest_s"]["q"] < 60
        (message,) = await desk.messages("q")
        assert message["received"] == 0

    with_desk(act)


def test_as_many_are_shown_as_are_asked_for() -> None:
    async def act(desk: Desk) -> None:
        await desk.sqs.call("CreateQueue", {"QueueName": "q"})
        for n in range(25):
            await desk.send("q", str(n))
        _, told = await desk.ask("GET", "/queues/q/messages?limit=2")
        assert ([one["body"] for one in told["messages"]], told["count"]) == (["0", "1"], 25)
        assert len(await desk.messages("q")) == 20
        for limit in ("0", "1001", "many", "-1", "", "²"):
            status, told = await desk.ask("GET", f"/queues/q/messages?limit={limit}")
            assert (status, "give a number from 1 to 1000" in told["error"]) == (400, True)

    with_desk(act)


def test_one_answer_has_a_bounded_size_whatever_was_sent() -> None:
    async def act(desk: Desk) -> None:
        await desk.sqs.call("CreateQueue", {"QueueName": "q"})
        for _ in range(20):
            await desk.send("q", "x" * 1_000_000)
        _, told = await desk.ask("GET", "/queues/q/messages?limit=1000")
        assert (len(told["messages"]), told["count"]) == (16, 20), "the oldest that have at most 16 MiB together"

    with_desk(act)


def test_a_message_is_deleted_by_its_id_whoever_has_received_it() -> None:
    async def act(desk: Desk) -> None:
        await desk.sqs.call("CreateQueue", {"QueueName": "q"})
        sent = await desk.send("q", "gone")
        await desk.send("q", "stays")
        await desk.receive("q")
        assert await desk.ask("DELETE", f"/queues/q/messages/{sent}") == (200, {})
        assert [one["body"] for one in await desk.messages("q")] == ["stays"]
        status, told = await desk.ask("DELETE", f"/queues/q/messages/{sent}")
        assert (status, told) == (400, {"error": f"q has no message {sent}: it may have been deleted."})

    with_desk(act)


def test_a_dead_letter_goes_back_to_where_it_came_from() -> None:
    async def act(desk: Desk) -> None:
        await desk.make_pair()
        await desk.kill("first", "second")
        first, second = await desk.messages("dead")
        assert (first["body"], first["source"]) == ("first", "jobs")
        assert await desk.ask("POST", f"/queues/dead/messages/{second['id']}/replay") == (200, {"moved": {"jobs": 1}})
        assert [one["body"] for one in await desk.messages("dead")] == ["first"]
        (back,) = await desk.messages("jobs")
        assert (back["body"], back["received"]) == ("second", 0)

    with_desk(act)


def test_all_dead_letters_go_back_also_those_that_a_program_has_put_there() -> None:
    async def act(desk: Desk) -> None:
        await desk.make_pair()
        await desk.kill(*map(str, range(150)))
        await desk.send("dead", "by hand")
        assert await desk.ask("POST", "/queues/dead/replay") == (200, {"moved": {"jobs": 151}, "stayed": {}})
        assert await desk.messages("dead") == []

    with_desk(act)


def test_a_message_that_has_nowhere_to_go_stays() -> None:
    async def act(desk: Desk) -> None:
        await desk.sqs.call("CreateQueue", {"QueueName": "q"})
        sent = await desk.send("q", "x")
        why = f"Message {sent} cannot go back: it came from no other queue."
        assert await desk.ask("POST", "/queues/q/replay") == (200, {"moved": {}, "stayed": {why: 1}})
        assert await desk.ask("POST", f"/queues/q/messages/{sent}/replay") == (400, {"error": why})
        assert len(await desk.messages("q")) == 1

    with_desk(act)


def test_a_queue_that_is_not_there_is_named() -> None:
    async def act(desk: Desk) -> None:
        for method, path in (("GET", "messages"), ("POST", "replay"), ("DELETE", "messages/x")):
            status, told = await desk.ask(method, f"/queues/nothing/{path}")
            assert (status, told) == (404, {"error": "nothing: The specified queue does not exist."})

    with_desk(act)


def test_another_servers_queues_cannot_be_looked_into() -> None:
    async def run() -> None:
        app = web.Application()
        MessagePages(None).add_to(app)
        async with (
            TestServer(app) as server,
            aiohttp.ClientSession() as http,
            http.get(server.make_url("/queues/q/messages")) as answer,
        ):
            assert answer.status == 501
            assert "another server's" in (await answer.json())["error"]

    asyncio.run(run())
