"""Clients at a real SQS server whose queue is full of other requests' results."""

import json
import subprocess
import sys

from facepipe.client.collect import Collector
from facepipe.paths import Paths
from tests.conformance.conftest import Tiny

LEFTOVERS = 250


def put_results(tiny: Tiny, *request_ids: str) -> None:
    for request_id in request_ids:
        tiny.put("leftovers", json.dumps({"request_id": request_id, "result": "somebody"}))


def test_collect_finds_its_result_behind_other_requests_results(tiny: Tiny) -> None:
    # A queue of its own: SQS purges a queue once a minute only, and another test purges that of the results.
    results = tiny.sqs.create_queue(QueueName="leftovers")["QueueUrl"]
    leftovers = [f"old-{number}" for number in range(LEFTOVERS)]
    put_results(tiny, *leftovers, "mine")
    where = ("--sqs", tiny.stack.endpoints.sqs, "--response-queue", "leftovers", "--api", "")
    command = [sys.executable, "-m", "facepipe", "collect", *where, "--timeout", "60"]
    found = subprocess.run([*command, "mine"], cwd=Paths().root, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.startswith("mine  somebody")
    assert f"{LEFTOVERS} results of other requests lie in the queue leftovers" in found.stdout

    with Collector(tiny.sqs, results) as first, Collector(tiny.sqs, results) as second:
        for _ in range(LEFTOVERS // 10):
            list(first.poll({}, wait_s=1))
        put_results(tiny, "theirs")
        answers: list[str] = []

        def theirs() -> bool:
            list(first.poll({}, wait_s=1))
            answers.extend(answer.request_id for answer in second.poll({"theirs": None}, wait_s=1))
            return bool(answers)

        assert tiny.eventually(theirs, seconds=60)
    assert answers == ["theirs"]
    assert tiny.depth("leftovers") == LEFTOVERS
    tiny.sqs.delete_queue(QueueUrl=results)
