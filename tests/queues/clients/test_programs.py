"""Programs with clients of SQS, each in an installation of its own, against the embedded queues over HTTP.

`scripts/clients` installs the clients; a test of one that is not there is skipped.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facepipe.paths import Paths
from tests.queues import servers
from tests.queues.servers import ACCOUNT, QueueServer, name

CLIENTS = Paths().var / "clients"
HERE = Path(__file__).resolve().parent
MISSING = "AWS.SimpleQueueService.NonExistentQueue"
#: what every program sees
EXPECTED: dict[str, Any] = {
    "visibility": "40",
    "body": "a + ü\r\n",
    "text": "ü & <b>",
    "bytes": "00ff",
    "digests_agree": True,
    "receive_count": "1",
    "successful": ["one"],
    "failed": [["two", "InvalidMessageContents"]],
    "left": [],
}


@pytest.fixture(scope="module")
def server() -> Iterator[QueueServer]:
    with servers.embedded() as one:
        yield one


def installed(folder: str, program: str) -> Path:
    path = CLIENTS / folder / program
    if not (CLIENTS / folder / "complete").exists():
        pytest.skip(f"no {folder} in var/clients: run scripts/clients")
    return path


def run(*command: str | Path) -> str:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTHON"))}
    environment = {**kept, "AWS_CONFIG_FILE": os.devnull, "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true"}
    keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "eu-west-3"}
    done = subprocess.run(
        [str(one) for one in command],
        env={**environment, **keys},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def saw(server: QueueServer, told: dict[str, Any], queue: str) -> dict[str, Any]:
    """Check what all programs see alike; return the rest."""
    url = f"{server.endpoint}/{ACCOUNT}/{queue}"
    assert (told.pop("url"), told.pop("listed")) == (url, [url])
    assert {key: told.pop(key) for key in EXPECTED} == EXPECTED
    return told


def test_boto3_of_today(server: QueueServer) -> None:
    queue = name()
    told = json.loads(run(sys.executable, HERE / "boto3_program.py", server.endpoint, queue))
    expected = {"tags": {"made": "here"}, "missing": MISSING, "invalid": "InvalidParameterValue", "protocol": "json"}
    assert saw(server, told, queue) == expected


@pytest.mark.clients
def test_boto3_of_2023_speaks_the_query_protocol(server: QueueServer) -> None:
    queue = name()
    python = installed("boto3-2023", "bin/python")
    told = json.loads(run(python, HERE / "boto3_program.py", server.endpoint, queue))
    expected = {"tags": {"made": "here"}, "missing": MISSING, "invalid": "InvalidParameterValue", "protocol": "query"}
    assert saw(server, told, queue) == expected


@pytest.mark.clients
@pytest.mark.parametrize(
    ("version", "missing", "invalid"),
    [("3", "QueueDoesNotExist", "InvalidParameterValue"), ("2", MISSING, "InvalidParameterValue")],
)
def test_the_javascript_sdks(server: QueueServer, version: str, missing: str, invalid: str) -> None:
    if shutil.which("node") is None:
        pytest.skip("no node on PATH")
    queue, folder = name(), installed("javascript", "")
    program = HERE / "javascript_program.mjs"
    told = json.loads(run("node", "--no-warnings", program, server.endpoint, queue, version, folder))
    assert saw(server, told, queue) == {"missing": missing, "invalid": invalid}


@pytest.mark.clients
@pytest.mark.parametrize(("folder", "program"), [("awscli-1", "bin/aws"), ("awscli-2", "aws")])
def test_the_aws_cli(server: QueueServer, folder: str, program: str) -> None:
    queue, aws = name(), installed(folder, program)

    def ask(operation: str, *arguments: str) -> Any:
        command: tuple[str | Path, ...] = (
            aws,
            "--endpoint-url",
            server.endpoint,
            "sqs",
            operation,
            *arguments,
            "--output",
            "json",
        )
        return json.loads(run(*command) or "{}")

    url = ask("create-queue", "--queue-name", queue, "--attributes", "VisibilityTimeout=40")["QueueUrl"]
    assert url == f"{server.endpoint}/{ACCOUNT}/{queue}"
    attributes = json.dumps({"text": {"DataType": "String", "StringValue": "ü & <b>"}})
    sent = ask("send-message", "--queue-url", queue, "--message-body", "a + ü", "--message-attributes", attributes)
    (received,) = ask(
        "receive-message", "--queue-url", url, "--message-attribute-names", "All", "--wait-time-seconds", "5"
    )["Messages"]
    assert (received["Body"], received["MessageId"]) == ("a + ü", sent["MessageId"])
    assert received["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    ask("delete-message", "--queue-url", url, "--receipt-handle", received["ReceiptHandle"])
    got = ask("get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]
    assert (got["VisibilityTimeout"], got["ApproximateNumberOfMessagesNotVisible"]) == ("40", "0")
    assert ask("list-queues", "--queue-name-prefix", queue)["QueueUrls"] == [url]
