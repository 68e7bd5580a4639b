"""Somebody else's project, from its folder to a message through it, as `facepipe up DIR` runs it."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.free_ports import free_ports
from emulator.setting import as_arguments
from emulator.settings import Ports
from facepipe.client.endpoints import Endpoints, sqs_client
from facepipe.paths import Paths
from facepipe.project_place import kept_in
from tests.posting import post
from tests.started import started

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: %(runtime)s, Timeout: 20, Environment: {Variables: {DONE: !Ref Done}}}}
Resources:
  Work: {Type: AWS::SQS::Queue, Properties: {QueueName: work, VisibilityTimeout: 120}}
  Done: {Type: AWS::SQS::Queue, Properties: {QueueName: done}}
  First:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: first
      Handler: app.handler
      FunctionUrlConfig: {AuthType: NONE}
      Environment: {Variables: {WORK: !Ref Work}}
  Second:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./second/
      Handler: app.handler
      Events: {Queue: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn}}}
"""
FIRST = """
import os, boto3, services
from services.texts import greeting
sqs = boto3.client("sqs")
def handler(event, context):
    sqs.send_message(QueueUrl=os.environ["WORK"], MessageBody=greeting(event["body"]))
    return {"statusCode": 200, "body": "|".join([os.getcwd(), os.environ["LAMBDA_TASK_ROOT"], services.__file__])}
"""
SECOND = """
import os, boto3, loud
sqs = boto3.client("sqs")
def handler(event, context):
    for record in event["Records"]:
        sqs.send_message(QueueUrl=os.environ["DONE"], MessageBody=loud.say(record["body"]))
"""
BROKEN = """
Resources:
  Broken:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: %(runtime)s
      Handler: index.handler
      Code: {ZipFile: "import a_module_that_is_nowhere"}
"""
#: a course project as its authors leave it: one image for two handlers, queue URLs in the code, and no template
COURSE = {
    "Dockerfile": f"""
FROM public.ecr.aws/lambda/python:3.{sys.version_info.minor}
COPY requirements.txt loud-1.0-py3-none-any.whl ./
RUN pip install -r requirements.txt
COPY face-detection/fd_lambda.py face-recognition/fr_lambda.py ${{LAMBDA_TASK_ROOT}}/
CMD ["fd_lambda.handler"]
""",
    "requirements.txt": "./loud-1.0-py3-none-any.whl\n",
    "face-detection/fd_lambda.py": """
import json
import boto3
sqs = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="", aws_secret_access_key="")
REQUESTS = "https://sqs.us-east-1.amazonaws.com/123456789012/1229000000-req-queue"
class FaceDetector:
    def faces(self, content):
        return [content[::-1]]
def handler(event, context):
    body = json.loads(event["body"])
    for face in FaceDetector().faces(body["content"]):
        message = {"request_id": body["request_id"], "face": face}
        sqs.send_message(QueueUrl=REQUESTS, MessageBody=json.dumps(message))
    return {"statusCode": 200, "body": json.dumps({"status": "processing"})}
""",
    "face-recognition/fr_lambda.py": """
import json
import boto3
import loud
class FaceRecognition:
    queue = "https://sqs.us-east-1.amazonaws.com/123456789012/1229000000-resp-queue"
    def __init__(self):
        self.sqs = boto3.client("sqs", region_name="us-east-1")
    def recognise(self, message):
        result = {"request_id": message["request_id"], "result": loud.say(message["face"])}
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=json.dumps(result))
def handler(event, context):
    for record in event["Records"]:
        FaceRecognition().recognise(json.loads(record["body"]))
    return {"statusCode": 200}
""",
}
OWN_RUNTIME = {"runtime": f"python3.{sys.version_info.minor}"}


def write_project(folder: Path) -> None:
    """Two functions: the second needs a package, the first has a folder `services` like this project's."""
    services = folder / "first/services"
    services.mkdir(parents=True)
    (folder / "second").mkdir()
    (folder / "template.yaml").write_text(TEMPLATE % OWN_RUNTIME)
    (folder / "first/app.py").write_text(FIRST)
    (services / "__init__.py").write_text("")
    (services / "texts.py").write_text("def greeting(name):\n    return 'hello ' + name\n")
    (folder / "second/app.py").write_text(SECOND)
    (folder / "second/requirements.txt").write_text("./loud-1.0-py3-none-any.whl\n")
    write_wheel(folder / "second/loud-1.0-py3-none-any.whl")


def write_wheel(file: Path) -> None:
    """Write a package that needs no network."""
    about = "loud-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("loud.py", "def say(text):\n    return text.upper()\n")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: loud\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", f"loud.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")


@contextlib.contextmanager
def up(folder: Path, *arguments: str, ports: Ports, **variables: str) -> Iterator[list[str]]:
    """Run `facepipe up` in a folder; yields what it said until it was ready."""
    command = [sys.executable, "-P", "-m", "facepipe", "up", *arguments, *as_arguments(ports), "--queues", "memory"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FACEPIPE_")}
    clean.update(variables)
    try:
        with started(command, folder, clean) as said:
            yield said
    finally:
        for template in [*folder.glob("template.yaml"), *folder.glob("*/template.yaml")]:
            shutil.rmtree(kept_in(Paths().var, template), ignore_errors=True)


def test_a_message_goes_through_two_functions_of_another_project(tmp_path: Path) -> None:
    project, ports = tmp_path / "shop", free_ports()
    write_project(project)
    with up(tmp_path, "shop", ports=ports) as said:
        assert said[-1] == "ready", said
        assert f"template: {project / 'template.yaml'}" in said
        assert f"facepipe-Second: app.handler in {project / 'second'}" in said
        url = f"http://127.0.0.1:{ports.url}/"
        with post(url, b"ann", "text/plain") as answer:
            where = answer.read().decode().split("|")
        first = project / "first"
        assert where == [str(first), str(first), str(first / "services/__init__.py")]
        queues = sqs_client(Endpoints(url, f"http://127.0.0.1:{ports.sqs}"))
        done = queues.get_queue_url(QueueName="done")["QueueUrl"]
        messages = queues.receive_message(QueueUrl=done, WaitTimeSeconds=20)["Messages"]
        assert [message["Body"] for message in messages] == ["HELLO ANN"]


def test_a_module_that_is_not_found_is_told_with_where_it_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(BROKEN % OWN_RUNTIME)
    with up(tmp_path, ports=free_ports()) as said:
        (told,) = [line for line in said if "No module named 'a_module_that_is_nowhere'" in line and "init" in line]
        assert "it was looked for in " in told
        assert "/inline/facepipe-Broken and the packages of " in told
        assert "name its package in requirements.txt" in told


@pytest.mark.parametrize("arguments", [(), (".",)])
def test_a_folder_without_a_template_never_runs_another_one(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with up(tmp_path, *arguments, ports=free_ports()) as said:
        assert said[0].startswith(f"facepipe: {tmp_path} has no template.yaml, template.yml or template.json")
        assert len(said) == 1


def test_a_course_project_runs_with_init_and_up_and_no_edit(tmp_path: Path) -> None:
    for name, text in COURSE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    write_wheel(tmp_path / "loud-1.0-py3-none-any.whl")
    command = [sys.executable, "-P", "-m", "facepipe", "init"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    ports = free_ports()
    with up(tmp_path, ports=ports, PIP_NO_INDEX="1") as said:
        assert said[-1] == "ready", said
        url = f"http://127.0.0.1:{ports.url}/"
        body = json.dumps({"content": "nna", "request_id": "r-1", "filename": "ann.jpg"}).encode()
        with post(url, body) as answer:
            assert json.load(answer) == {"status": "processing"}
        queues = sqs_client(Endpoints(url, f"http://127.0.0.1:{ports.sqs}"))
        responses = queues.get_queue_url(QueueName="1229000000-resp-queue")["QueueUrl"]
        messages = queues.receive_message(QueueUrl=responses, WaitTimeSeconds=20)["Messages"]
        assert [json.loads(one["Body"]) for one in messages] == [{"request_id": "r-1", "result": "ANN"}]
        queues.delete_message(QueueUrl=responses, ReceiptHandle=messages[0]["ReceiptHandle"])
        (tmp_path / "photo.jpg").write_bytes(b"bob")
        command = [
            sys.executable,
            "-P",
            "-m",
            "facepipe",
            "send",
            "photo.jpg",
            "--api",
            f"http://127.0.0.1:{ports.api}",
        ]
        sent = subprocess.run(command, cwd=tmp_path, check=False, timeout=60, capture_output=True, text=True)
        assert sent.returncode == 0, sent.stdout + sent.stderr
        assert "1 of 1 completed" in sent.stdout
