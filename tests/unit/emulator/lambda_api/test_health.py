"""`/health` and the figures: the template's queues, and those that programs made and that are used."""

import asyncio
from collections.abc import Mapping
from typing import Any

from emulator.environments.pools import Pools
from emulator.lambda_api.health import Health
from emulator.resources import EventSourceMapping, Queue, RedrivePolicy
from tests.unit.emulator.sqs_server import SqsServer, connected
from tests.unit.emulator.stacks import stack_of

JOBS = Queue("Jobs", "jobs", {}, RedrivePolicy("dead", 3))


def reported(*made: str, used: tuple[str, ...]) -> tuple[bool, Mapping[str, Any]]:
    async def scenario() -> tuple[bool, Mapping[str, Any]]:
        server = SqsServer()
        for name in made:
            server.make(name, ApproximateNumberOfMessages="4")
        polls = [EventSourceMapping(name, name, "worker") for name in used]
        stack = stack_of(queues=[JOBS], mappings=polls)
        health = Health(stack, Pools(stack.functions), connected(server), lambda: True)
        well, report = await health.report()
        return well, report["queues"]

    return asyncio.run(scenario())


def test_a_queue_that_a_program_made_and_that_is_used_is_in_the_report() -> None:
    well, queues = reported("jobs", "dead", "made", "unused", used=("made", "jobs"))
    assert well
    assert list(queues) == ["jobs", "dead", "made"]
    assert queues["made"] == {"visible": 4, "in_flight": 0, "delayed": 0}


def test_a_queue_that_programs_make_later_makes_nothing_unhealthy() -> None:
    well, queues = reported("jobs", "dead", used=("later",))
    assert well
    assert "error" in queues["later"]


def test_a_missing_queue_of_the_template_is_unhealthy() -> None:
    assert not reported("dead", used=())[0]
