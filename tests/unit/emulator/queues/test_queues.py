"""The template's queues, and those that programs make, change and delete, on a server in memory."""

import asyncio
import json

import pytest

from emulator.queues import QueueMissingError, QueueRefusedError
from emulator.resources import Queue, RedrivePolicy
from tests.unit.emulator.sqs_model import run
from tests.unit.emulator.sqs_server import ARN, SqsServer, connected

JOBS = Queue("Jobs", "jobs", {"VisibilityTimeout": "30"})
DOOMED = Queue("Jobs", "jobs", {"VisibilityTimeout": "30"}, RedrivePolicy("dead", 4))
POLICY = {"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": 4}


def test_a_deleted_queue_of_the_template_is_made_again_and_the_others_keep_what_programs_set() -> None:
    async def scenario() -> SqsServer:
        server = SqsServer()
        queues = connected(server, JOBS, Queue("Plain", "plain", {"VisibilityTimeout": "3"}))
        await queues.create()
        server.queues["plain"].attributes["VisibilityTimeout"] = "77"
        del server.queues["jobs"]
        await queues.recreate()
        return server

    server = asyncio.run(scenario())
    assert server.queues["jobs"].attributes["VisibilityTimeout"] == "30"
    assert server.queues["plain"].attributes["VisibilityTimeout"] == "77"


def test_a_start_sets_what_differs_from_the_template() -> None:
    async def scenario() -> SqsServer:
        server = SqsServer()
        server.make("jobs", VisibilityTimeout="5")
        await connected(server, JOBS).create()
        return server

    assert asyncio.run(scenario()).queues["jobs"].attributes["VisibilityTimeout"] == "30"


def test_a_queue_that_was_made_anew_is_found_at_its_new_address() -> None:
    async def scenario() -> list[str]:
        server = SqsServer()
        queues = connected(server)
        server.make("ends")
        await queues.send("ends", "first")
        del server.queues["ends"]
        with pytest.raises(QueueMissingError):
            await queues.send("ends", "to nobody")
        server.make("ends")
        await queues.send("ends", "second")
        return server.queues["ends"].bodies

    assert asyncio.run(scenario()) == ["second"]


def test_what_a_queue_refuses_is_told_from_what_may_work_later() -> None:
    async def scenario() -> None:
        server = SqsServer()
        server.make("ends")
        with pytest.raises(QueueRefusedError, match="Message must be shorter"):
            await connected(server).send("ends", "x" * 1_048_577)

    asyncio.run(scenario())


def test_es45_dead_letters_go_to_a_queue_that_a_program_makes_later(caplog) -> None:
    async def scenario() -> tuple[SqsServer, bool]:
        server = SqsServer()
        queues = connected(server, DOOMED)
        await queues.create()
        before = "RedrivePolicy" in server.queues["jobs"].attributes
        waiting = asyncio.ensure_future(queues.await_dead_letters())
        await asyncio.sleep(60)
        server.make("dead")
        await asyncio.sleep(60)
        waiting.cancel()
        return server, before

    server, before = run(scenario())
    assert not before, "SQS refuses a redrive to a queue that is not there"
    assert json.loads(server.queues["jobs"].attributes["RedrivePolicy"]) == POLICY
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert line.startswith("jobs: its dead-letter queue dead does not exist")
    assert "create dead" in line, "the cure"


def test_es45_a_dead_letter_queue_that_is_there_is_used_at_once() -> None:
    async def scenario() -> SqsServer:
        server = SqsServer()
        server.make("dead")
        await connected(server, DOOMED).create()
        return server

    assert json.loads(asyncio.run(scenario()).queues["jobs"].attributes["RedrivePolicy"]) == POLICY


def test_a_queue_is_described_as_it_is_now() -> None:
    async def scenario() -> list[Queue | None]:
        server = SqsServer()
        queues, found = connected(server), []
        found.append(await queues.describe("made"))
        server.make("made", VisibilityTimeout="7", RedrivePolicy=json.dumps(POLICY))
        found.append(await queues.describe("made"))
        del server.queues["made"]
        server.make("made", VisibilityTimeout="70")
        found.append(await queues.describe("made"))
        return found

    nothing, first, second = asyncio.run(scenario())
    assert nothing is None
    assert first is not None
    assert (first.visibility_timeout_s, first.redrive_policy) == (7, RedrivePolicy("dead", 4))
    assert second is not None
    assert (second.visibility_timeout_s, second.redrive_policy) == (70, None)
