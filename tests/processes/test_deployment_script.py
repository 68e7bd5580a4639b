"""A project's own deployment script, unchanged, against an emulator that has nothing of it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from emulator.free_ports import free_ports
from emulator.settings import Ports
from facepipe.paths import Paths
from facepipe.project_place import kept_in
from tests.processes.test_projects import up

SCRIPT = Paths().root / "tests/functions/deploy.py"
#: a template needs a resource; this one does nothing
NOTHING = "Resources: {Nothing: {Type: AWS::CloudFormation::WaitConditionHandle}}\n"
FIRST = """
import json, os, boto3
sqs = boto3.client("sqs")
def handler(event, context):
    sqs.send_message(QueueUrl=os.environ["WORK"], MessageBody=event["body"])
    return {"statusCode": 200, "body": json.dumps({"version": VERSION})}
"""
SECOND = """
import json, os, boto3
sqs = boto3.client("sqs")
def handler(event, context):
    for record in event["Records"]:
        name = json.loads(record["body"])["name"]
        sqs.send_message(QueueUrl=os.environ["DONE"], MessageBody=f"hello {name}")
"""


def surroundings(ports: Ports) -> dict[str, str]:
    """The one variable, and what boto3 always wants."""
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, **keys, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports.api}", "AWS_PAGER": ""}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ports, Path]]:
    folder, ports = tmp_path_factory.mktemp("scripted"), free_ports()
    (folder / "template.yaml").write_text(NOTHING)
    with up(folder, ports=ports) as said:
        assert said[-1] == "ready", said
        yield ports, folder


def deploy(ports: Ports, argument: str) -> list[str]:
    command = [sys.executable, str(SCRIPT), argument]
    done = subprocess.run(
        command, env=surroundings(ports), capture_output=True, text=True, check=False, timeout=120, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_it_makes_changes_and_deletes_functions_queues_a_mapping_and_a_url(
    emulator: tuple[Ports, Path], tmp_path: Path
) -> None:
    ports, project = emulator
    write(tmp_path, {"first/app.py": f"VERSION = 1{FIRST}", "second/app.py": SECOND})
    assert deploy(ports, str(tmp_path)) == ['{"version": 1}', "hello ann"]
    write(tmp_path, {"first/app.py": f"VERSION = 2{FIRST}"})
    assert deploy(ports, str(tmp_path)) == ['{"version": 2}', "hello ann"]
    code = kept_in(Paths().var, project / "template.yaml") / "code"
    assert {folder.name.partition("-")[0] for folder in code.glob("*/*")} == {"first", "second"}
    assert deploy(ports, "destroy") == []
    assert deploy(ports, str(tmp_path)) == ['{"version": 2}', "hello ann"]
    deploy(ports, "destroy")


@pytest.mark.skipif(not shutil.which("aws"), reason="there is no AWS CLI")
def test_the_command_line_deploys_as_well(emulator: tuple[Ports, Path], tmp_path: Path) -> None:
    ports, _ = emulator

    def aws(*arguments: str) -> dict[str, object]:
        command = ["aws", *arguments, "--output", "json"]
        done = subprocess.run(
            command, env=surroundings(ports), capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, object] = json.loads(done.stdout or "{}")
        return answer

    write(tmp_path, {"app.py": "def handler(event, context):\n    return {'got': event['rawQueryString']}\n"})
    subprocess.run([sys.executable, "-m", "zipfile", "-c", "code.zip", "app.py"], cwd=tmp_path, check=True)
    settings = ["--runtime", f"python3.{sys.version_info.minor}", "--handler", "app.handler"]
    role = ["--role", "arn:aws:iam::000000000000:role/LabRole"]
    named = ["--function-name", "cli"]
    made = aws("lambda", "create-function", *named, *settings, *role, "--zip-file", "fileb://code.zip")
    assert made["State"] in ("Pending", "Active")
    aws("lambda", "wait", "function-active-v2", *named)
    url = aws("lambda", "create-function-url-config", *named, "--auth-type", "NONE")["FunctionUrl"]
    everyone = ["--principal", "*", "--action"]
    url_auth = ["--function-url-auth-type", "NONE"]
    aws("lambda", "add-permission", *named, "--statement-id", "a", *everyone, "lambda:InvokeFunctionUrl", *url_auth)
    aws("lambda", "add-permission", *named, "--statement-id", "b", *everyone, "lambda:InvokeFunction")
    answer = subprocess.run(["curl", "-sS", f"{url}?a=1"], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(answer.stdout) == {"got": "a=1"}
    aws("lambda", "delete-function", *named)
