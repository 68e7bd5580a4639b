"""`facepipe doctor` on a running system: what was changed after the template was loaded."""

import json
from typing import Any

from tests.command_line import facepipe
from tests.conformance.conftest import TEMPLATE, Tiny


def doctor(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = facepipe("doctor", "--template", str(TEMPLATE), "--json", *arguments)
    return result.returncode, json.loads(result.stdout)


def visibility_errors(report: dict[str, Any]) -> list[str]:
    return [one["path"] for one in report["findings"] if (one["level"], one["id"]) == ("error", "ES-41")]


def test_es41_a_visibility_that_was_lowered_while_it_runs(tiny: Tiny) -> None:
    where = ("--api", tiny.stack.endpoints.api, "--sqs", tiny.stack.endpoints.sqs)
    _, before = doctor(*where)
    assert not visibility_errors(before)
    assert any(told.startswith(f"running system: {tiny.stack.endpoints.api}") for told in before["looked_at"])
    tiny.sqs.set_queue_attributes(QueueUrl=tiny.queue("sifted"), Attributes={"VisibilityTimeout": "1"})
    try:
        code, report = doctor(*where)
    finally:
        tiny.sqs.set_queue_attributes(QueueUrl=tiny.queue("sifted"), Attributes={"VisibilityTimeout": "3"})
    assert code == 1
    assert visibility_errors(report) == ["Resources.Sifted.Properties.VisibilityTimeout (as it runs)"]


def test_the_largest_message_is_known(tiny: Tiny) -> None:
    tiny.put("plain", "ü" * 5_000)
    assert tiny.seen(1)
    _, report = doctor("--api", tiny.stack.endpoints.api, "--sqs", tiny.stack.endpoints.sqs)
    assert any("plain 10,000 bytes" in told for told in report["looked_at"])


def test_without_a_running_system_it_says_so(tiny: Tiny) -> None:
    _, report = doctor("--api", "http://127.0.0.1:9", "--sqs", "http://127.0.0.1:9")
    assert any(told.startswith("running system: nothing at") for told in report["looked_at"])


def test_es41_a_queue_that_a_program_made_and_mapped_is_examined(tiny: Tiny) -> None:
    url = tiny.sqs.create_queue(QueueName="narrow", Attributes={"VisibilityTimeout": "4"})["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:narrow"
    identifier = tiny.api.create_event_source_mapping(EventSourceArn=arn, FunctionName="worker")["UUID"]
    try:
        _, report = doctor("--api", tiny.stack.endpoints.api, "--sqs", tiny.stack.endpoints.sqs)
    finally:
        assert tiny.eventually(lambda: tiny.api.get_event_source_mapping(UUID=identifier)["State"] == "Enabled")
        tiny.api.delete_event_source_mapping(UUID=identifier)
        tiny.sqs.delete_queue(QueueUrl=url)
    paths = [one["path"] for one in report["findings"] if one["id"] == "ES-41"]
    assert "Queue narrow: VisibilityTimeout (as it runs)" in paths


def test_results_that_nobody_has_collected_are_told_with_the_purge_command(tiny: Tiny) -> None:
    tiny.put("brief", json.dumps({"request_id": "of-yesterday", "result": "somebody"}))
    try:
        _, report = doctor("--api", tiny.stack.endpoints.api, "--sqs", tiny.stack.endpoints.sqs)
    finally:
        tiny.sqs.purge_queue(QueueUrl=tiny.queue("brief"))
    (found,) = [one for one in report["findings"] if one["path"].startswith("Queue brief")]
    assert (found["level"], found["id"]) == ("note", "leftovers")
    assert "it holds 1 message, and no function reads it" in found["on_aws"]
    assert "`facepipe queues brief --purge`" in found["cure"]
