"""AWS_ENDPOINT_URL=http://127.0.0.1:9001 alone: a boto3 program and the AWS CLI need nothing else."""

import json
import os
import shutil
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conformance.conftest import Tiny
from tests.conformance.test_lambda_api import ARN, client, refused


@pytest.fixture(scope="module")
def sqs(tiny: Tiny) -> Any:
    return client(tiny, "sqs")


def drain(sqs: Any, queue: str) -> list[str]:
    bodies = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def test_queue_urls_that_it_returns_are_usable(tiny: Tiny, sqs: Any) -> None:
    url = sqs.get_queue_url(QueueName="brief")["QueueUrl"]
    assert url == tiny.queue("brief"), "the queue server's own: reachable with and without this endpoint"
    assert url in sqs.list_queues()["QueueUrls"]
    sqs.send_message(QueueUrl=url, MessageBody="through 9001")
    assert drain(tiny.sqs, url) == ["through 9001"]
    tiny.sqs.send_message(QueueUrl=url, MessageBody="past it")
    assert drain(sqs, url) == ["past it"]


@pytest.mark.parametrize(
    "queue", ["brief", "http://elsewhere:9324/123456789012/brief", "https://sqs.us-east-1.amazonaws.com/1/brief"]
)
def test_a_bare_name_and_another_hosts_url_stand_for_a_queue(sqs: Any, queue: str) -> None:
    entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(3)]
    assert len(sqs.send_message_batch(QueueUrl=queue, Entries=entries)["Successful"]) == 3
    assert sorted(drain(sqs, queue)) == ["0", "1", "2"]


def test_a_long_poll_gets_what_is_sent_meanwhile(sqs: Any) -> None:
    sender = threading.Timer(0.5, lambda: sqs.send_message(QueueUrl="brief", MessageBody="meanwhile"))
    sender.start()
    (message,) = sqs.receive_message(QueueUrl="brief", WaitTimeSeconds=20)["Messages"]
    sender.join()
    assert message["Body"] == "meanwhile"
    sqs.delete_message(QueueUrl="brief", ReceiptHandle=message["ReceiptHandle"])


def test_errors_keep_their_names(sqs: Any) -> None:
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="nothing")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl="nothing", MessageBody="x")


@pytest.mark.parametrize("path", ["/", "/000000000000/brief"])
def test_the_query_protocol(tiny: Tiny, sqs: Any, path: str) -> None:
    form = {"Action": "SendMessage", "Version": "2012-11-05", "MessageBody": "a form & more"}
    if path == "/":
        form["QueueUrl"] = "brief"
    answer = httpx.post(f"http://127.0.0.1:{tiny.stack.ports.api}{path}", data=form, timeout=60)
    assert answer.status_code == 200
    assert ET.fromstring(answer.text).tag.endswith("SendMessageResponse")  # noqa: S314  # from our own server
    assert drain(sqs, "brief") == ["a form & more"]


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "name"),
    [
        ("iam", "list_users", {}, "ListUsers of iam"),
        ("dynamodb", "list_tables", {}, "ListTables of dynamodb"),
        ("s3", "list_buckets", {}, "GET / of s3"),
        ("sns", "list_topics", {}, "ListTopics of sns"),
        ("apigatewayv2", "get_apis", {}, "GET /v2/apis of apigateway"),
    ],
)
def test_another_service_is_refused_by_name(
    tiny: Tiny, service: str, operation: str, arguments: dict, name: str
) -> None:
    status, _, message = refused(getattr(client(tiny, service), operation), **arguments)
    served = f"port {tiny.stack.ports.api} serves lambda, sqs, logs, and roles of iam"
    assert (status, message) == (501, f"{name} is not emulated: {served}")


def test_an_unsigned_form_of_nobody_is_refused(tiny: Tiny) -> None:
    answer = httpx.post(f"http://127.0.0.1:{tiny.stack.ports.api}/", data={"Action": "X", "Version": "1"}, timeout=60)
    assert answer.status_code == 501


PROGRAM = """
import boto3, json
sqs, functions = boto3.client("sqs"), boto3.resource("sqs")
queue = functions.get_queue_by_name(QueueName="brief")
queue.send_message(MessageBody="from a program")
for message in queue.receive_messages(WaitTimeSeconds=5):
    payload = json.dumps({"body": message.body})
    print(boto3.client("lambda").invoke(FunctionName="echo", Payload=payload)["Payload"].read().decode())
    message.delete()
"""


def surroundings(tiny: Tiny) -> dict[str, str]:
    """What a program gets: the one endpoint, and what boto3 always wants."""
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    endpoint = f"http://127.0.0.1:{tiny.stack.ports.api}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, **keys, "AWS_ENDPOINT_URL": endpoint, "AWS_CONFIG_FILE": os.devnull, "AWS_PAGER": ""}


def test_a_boto3_program_needs_one_variable(tiny: Tiny) -> None:
    command = [sys.executable, "-c", PROGRAM]
    result = subprocess.run(command, env=surroundings(tiny), capture_output=True, text=True, check=False, timeout=60)
    assert json.loads(result.stdout or "null") == {"body": "from a program"}, result.stderr


def aws(tiny: Tiny, *arguments: str) -> dict[str, Any]:
    program = shutil.which("aws")
    if program is None:
        pytest.skip("no AWS CLI on PATH: pip install awscli (in an environment of its own) puts it there")
    endpoint = [
        "--endpoint-url",
        surroundings(tiny)["AWS_ENDPOINT_URL"],
    ]  # version 1 takes the variable for lambda, not for sqs
    command = [program, *endpoint, *arguments, "--output", "json"]
    result = subprocess.run(command, env=surroundings(tiny), capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout or "{}")


def test_the_aws_cli_works(tiny: Tiny, tmp_path: Path) -> None:
    payload, out = tmp_path / "event.json", tmp_path / "out"
    payload.write_text('{"from": "the CLI"}')
    commands = [
        ["lambda", "invoke", "--function-name", "echo", "--payload", f"fileb://{payload}", str(out)],
        ["lambda", "list-functions"],
        ["lambda", "list-event-source-mappings", "--function-name", "worker"],
        ["sqs", "send-message", "--queue-url", "brief", "--message-body", "hello"],
    ]
    with ThreadPoolExecutor(len(commands)) as pool:
        invoked, functions, mappings, sent = pool.map(lambda command: aws(tiny, *command), commands)
    assert (invoked["StatusCode"], json.loads(out.read_text())) == (200, {"from": "the CLI"})
    assert "echo" in {function["FunctionName"] for function in functions["Functions"]}
    assert {mapping["FunctionArn"] for mapping in mappings["EventSourceMappings"]} == {f"{ARN}worker"}
    assert sent["MessageId"]
    assert drain(client(tiny, "sqs"), "brief") == ["hello"]
