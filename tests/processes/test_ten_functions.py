"""An application of ten functions, deployed by a script and by a template, gives the same answers on both engines.

Each way and each engine once: an engine gets the same function, whoever made it.

The answers are what AWS's documentation and recordings of AWS say of each part: the format of invocation records, their
conditions and counts, the attributes of dead letters, a message that comes again after a partial failure.
"""

import functools
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from emulator.free_ports import free_ports
from emulator.settings import Ports
from facepipe.paths import Paths
from tests.processes.test_deployment_script import NOTHING, surroundings
from tests.processes.test_projects import up

APPLICATION = Paths().root / "tests/functions/ten"
LAMBDA = "arn:aws:lambda:us-east-1:000000000000:function:"
ORDERS = [{"customer": "ann", "n": n} for n in range(3)] + [{"customer": "bob", "n": 3, "fails": True}]
RAISED = {"errorMessage": "no money for 7", "errorType": "ValueError"}


def record(function: str, condition: str, calls: int, event: object, **rest: Any) -> dict[str, Any]:
    """An invocation record, without its time and ids."""
    context = {"functionArn": f"{LAMBDA}{function}:$LATEST", "condition": condition, "approximateInvokeCount": calls}
    return {"version": "1.0", "requestContext": context, "requestPayload": event, **rest}


CALLED = {"statusCode": 200, "executedVersion": "$LATEST"}
EXPECTED: list[dict[str, Any]] = [
    {"from": "price", "customer": "ann", "n": 0, "times": 1, "group": "ann"},
    {"from": "price", "customer": "ann", "n": 1, "times": 1, "group": "ann"},
    {"from": "price", "customer": "ann", "n": 2, "times": 1, "group": "ann"},
    {"from": "price", "customer": "bob", "n": 3, "fails": True, "times": 2, "group": "bob"},
    {"from": "large", "body": {"amount": 101}, "group": "g"},
    {"from": "large", "body": {"amount": 300}, "group": "g"},
    {
        "from": "pack",
        "record": record("ship", "Success", 1, {"order": 5}, responseContext=CALLED, responsePayload={"shipped": 5}),
    },
    {
        "from": "pack",
        "record": record("retry", "Success", 2, {}, responseContext=CALLED, responsePayload="at last"),
    },
    {
        "from": "late",
        "record": record(
            "refund",
            "RetriesExhausted",
            1,
            {"order": 7},
            responseContext={**CALLED, "functionError": "Unhandled"},
            responsePayload=RAISED,
        ),
    },
    {"from": "late", "record": record("closed", "ZeroReservedConcurrency", 0, {"order": 8})},
]


def by_script(folder: Path, ports: Ports) -> None:
    """Deploy with boto3."""
    command = [sys.executable, str(APPLICATION / "deploy.py")]
    done = subprocess.run(command, env=surroundings(ports), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def by_template(folder: Path, ports: Ports) -> None:
    """Do nothing: the emulator was started with the template."""


@pytest.mark.parametrize(("deploy", "engine"), [(by_script, "runtime-api"), (by_template, "rie")])
def test_ten_functions_answer_the_same(tmp_path: Path, deploy: Callable[[Path, Ports], None], engine: str) -> None:
    ports = free_ports()
    if deploy is by_template:
        shutil.copytree(APPLICATION, tmp_path, dirs_exist_ok=True)
    else:
        (tmp_path / "template.yaml").write_text(NOTHING)
    runtime = f"Runtime=python3.{sys.version_info.minor}"
    parameters = ["--parameter", runtime] if deploy is by_template else []
    with up(tmp_path, "--engine", engine, *parameters, ports=ports) as said:
        assert said[-1] == "ready", said
        deploy(tmp_path, ports)
        answers = drive(ports)
    assert sorted(answers, key=in_order) == sorted(EXPECTED, key=in_order)


def in_order(answer: dict[str, Any]) -> str:
    return json.dumps(answer, sort_keys=True)


def drive(ports: Ports) -> list[dict[str, Any]]:
    """Use the application, and return what its functions told, without times and ids."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    client = functools.partial(boto3.client, endpoint_url=f"http://127.0.0.1:{ports.api}", **keys)
    functions, sqs = client("lambda"), client("sqs")

    def invoke(function: str, event: object, kind: str = "RequestResponse") -> Any:
        answer = functions.invoke(FunctionName=function, InvocationType=kind, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read() or b"null")

    greeting = {"hello": "ann", "announced": True}
    assert invoke("greet:live", {"name": "ann"}) == invoke("greet", {"name": "ann"}) == greeting
    assert functions.get_alias(FunctionName="greet", Name="live")["AliasArn"] == f"{LAMBDA}greet:live"
    assert invoke("take", {"orders": ORDERS}) == len(ORDERS)
    audits = sqs.get_queue_url(QueueName="audits.fifo")["QueueUrl"]
    for amount in (101, 7, 300):
        sqs.send_message(QueueUrl=audits, MessageBody=json.dumps({"amount": amount}), MessageGroupId="g")
    for function, event in (("ship", {"order": 5}), ("refund", {"order": 7}), ("retry", {}), ("closed", {"order": 8})):
        invoke(function, event, "Event")
    answers = [without_ids(json.loads(message["Body"])) for message in taken(sqs, "answers", len(EXPECTED))]
    (letter,) = taken(sqs, "letters", 1)
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes.pop("RequestID")
    assert json.loads(letter["Body"]) == {"order": 7}
    assert attributes == {"ErrorCode": "200", "ErrorMessage": "no money for 7"}
    return answers


def taken(sqs: Any, queue: str, count: int) -> list[dict[str, Any]]:
    """Take so many messages from a queue; fail when none comes for a while."""
    url, found = sqs.get_queue_url(QueueName=queue)["QueueUrl"], list[dict[str, Any]]()
    while len(found) < count:
        messages = sqs.receive_message(
            QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages")
        assert messages, f"{count - len(found)} messages are missing after {[message['Body'] for message in found]}"
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found += messages
    return found


def without_ids(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what is different in every run."""
    if told := answer.get("record"):
        assert told.pop("timestamp")
        assert told["requestContext"].pop("requestId")
        response = told.get("responsePayload")
        if isinstance(response, dict) and "errorType" in response:
            assert response.pop("requestId")
            assert response.pop("stackTrace")
    return answer
