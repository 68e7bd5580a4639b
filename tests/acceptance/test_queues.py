"""`facepipe queues`, as a person uses it."""

import json
import subprocess
import sys

from tests.acceptance.pipelines import PATHS, Pipeline


def facepipe(pipeline: Pipeline, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "facepipe", "queues", *arguments, "--sqs", pipeline.endpoints.sqs]
    command += ["--api", pipeline.endpoints.api]
    return subprocess.run(command, cwd=PATHS.root, capture_output=True, text=True, check=False, input="n\n")


def put_dead_letter(pipeline: Pipeline, request_id: str) -> None:
    body = json.dumps({"request_id": request_id, "filename": "", "faces": []})
    pipeline.sqs.send_message(QueueUrl=pipeline.queue("facepipe-requests-dlq"), MessageBody=body)


def test_queues_are_listed_with_their_depth(clean: Pipeline) -> None:
    put_dead_letter(clean, "one")
    result = facepipe(clean)
    assert result.returncode == 0, result.stderr
    line = next(line for line in result.stdout.splitlines() if "facepipe-requests-dlq" in line)
    assert line.split()[1:4] == ["1", "0", "0"]
    assert "facepipe-requests" in line.split()[-1]


def test_purging_asks_first(clean: Pipeline) -> None:
    put_dead_letter(clean, "one")
    assert facepipe(clean, "facepipe-requests-dlq", "--purge").returncode == 1
    assert clean.depth("facepipe-requests-dlq") == 1
    assert facepipe(clean, "facepipe-requests-dlq", "--purge", "--yes").returncode == 0
    assert clean.eventually(lambda: clean.depth("facepipe-requests-dlq") == 0)


def test_a_dead_letter_goes_back_to_where_it_came_from_and_is_processed(clean: Pipeline) -> None:
    put_dead_letter(clean, "back-again")
    result = facepipe(clean, "--replay", "all")
    assert "facepipe-requests-dlq: 1 message moved back" in result.stdout
    (message,) = clean.receive("facepipe-responses", seconds=120)
    assert json.loads(message["Body"]) == {"request_id": "back-again", "result": "no-face"}


def test_a_queue_that_is_not_there_is_named(clean: Pipeline) -> None:
    result = facepipe(clean, "nonsense")
    assert result.returncode == 2
    assert result.stderr.startswith("facepipe: there is no queue nonsense, but facepipe-re")
