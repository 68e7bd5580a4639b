"""A function that answers a batch with an HTTP status for its failure has deleted it, and is told so."""

import asyncio
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from emulator.event_source.ignored_status import failure_status
from emulator.invocation import Outcome, OutcomeKind
from emulator.resources import EventSourceMapping, Function, Queue
from tests.emulators import emulator_of
from tests.unit.emulator.stacks import resources

WORKER = Function("Worker", "worker", "image", (), 3, 128, 512)
TEMPLATE = resources(
    queues=[Queue("Jobs", "jobs", {})],
    functions=[WORKER],
    mappings=[EventSourceMapping("JobsToWorker", "jobs", "worker")],
)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"statusCode": 500, "body": "no"}', 500),
        (b'{"statusCode": 400}', 400),
        (b'{"statusCode": 200}', None),
        (b'{"statusCode": "500"}', None),
        (b'{"statusCode": true}', None),
        (b'"500"', None),
        (b"", None),
        (b"{" * 9_999, None),
        (b"not JSON", None),
    ],
)
def test_which_answers_have_the_status_of_a_failure(payload: bytes, expected: int | None) -> None:
    outcome = Outcome(OutcomeKind.SUCCESS, payload)
    assert failure_status(outcome) == expected
    assert failure_status(replace(outcome, kind=OutcomeKind.FUNCTION_ERROR)) is None


def test_the_log_and_the_metrics_say_that_its_messages_are_deleted(caplog: pytest.LogCaptureFixture) -> None:
    def worker(_event: Any, _context: Any) -> dict[str, Any]:
        return {"statusCode": 500, "body": "no luck"}

    async def main() -> str:
        async with asyncio.timeout(240), emulator_of(TEMPLATE, {"worker": worker}) as emulator:
            queues, api = emulator.parts.queues.queues, emulator.settings.ports.api
            await queues.send("jobs", "one")
            async with aiohttp.ClientSession() as http:
                while "statusCode 500" not in caplog.text:
                    await asyncio.sleep(0)
                answer = await http.get(f"http://127.0.0.1:{api}/metrics")
                return await answer.text()

    metrics = asyncio.run(main())
    assert 'facepipe_ignored_status_total{function="worker"} 1.0' in metrics
    assert (
        "jobs: worker returned statusCode 500, which Lambda ignores for a batch: 1 messages are deleted as processed;"
        " raise an exception, or report batchItemFailures (RequestId " in caplog.text
    )
