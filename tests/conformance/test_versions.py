"""Versions and aliases of functions that are processes: each version keeps its code, configuration and name."""

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from emulator.settings import Ports
from tests.projects import PYTHON, function, project, write
from tests.unit.emulator.lambda_api.archives import ROLE, archive
from tests.unit.emulator.lambda_api.in_process import ARN, QUEUE_ARN, refused

CODE = """
import os
def handler(event, context):
    print("one line")
    where = [context.function_version, os.environ["AWS_LAMBDA_FUNCTION_VERSION"], context.invoked_function_arn]
    return ["{marker}", os.environ.get("MARK", ""), *where]
"""

SENDER = """
import boto3, json
def handler(event, context):
    body = {"arn": context.invoked_function_arn}
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="seen")["QueueUrl"], MessageBody=json.dumps(body))
"""


def run(tmp_path: Path, resources: dict[str, Any], script: Callable[[Any, Ports], None]) -> None:
    """Run a deployment script against an emulator of these resources."""

    async def main() -> None:
        async with project(tmp_path, resources) as emulator:
            await asyncio.to_thread(script, client(emulator.settings.ports), emulator.settings.ports)

    asyncio.run(main())


def client(ports: Ports) -> Any:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    config = Config(retries={"total_max_attempts": 1})
    return boto3.client("lambda", endpoint_url=f"http://127.0.0.1:{ports.api}", config=config, **keys)


def code(marker: str) -> str:
    return CODE.replace("{marker}", marker)


def call(api: Any, name: str, **options: Any) -> tuple[str, Any]:
    answer = api.invoke(FunctionName=name, **options)
    return answer["ExecutedVersion"], json.loads(answer["Payload"].read())


def test_la06_la07_each_version_keeps_its_code_and_variables_and_aliases_move(tmp_path: Path) -> None:
    def script(api: Any, ports: Ports) -> None:
        settled = api.get_waiter("function_updated_v2")
        given = {"FunctionName": "mine", "Role": ROLE, "Runtime": PYTHON, "Handler": "app.handler"}
        first = {"Environment": {"Variables": {"MARK": "first"}}}
        api.create_function(**given, **first, Code={"ZipFile": archive({"app.py": code("old")})}, Publish=True)
        api.get_waiter("function_active_v2").wait(FunctionName="mine")
        api.create_alias(FunctionName="mine", Name="live", FunctionVersion="1")
        api.update_function_configuration(FunctionName="mine", Environment={"Variables": {"MARK": "second"}})
        settled.wait(FunctionName="mine")
        api.update_function_code(FunctionName="mine", ZipFile=archive({"app.py": code("new")}))
        settled.wait(FunctionName="mine")
        arn = f"{ARN}mine"
        assert call(api, "mine") == ("$LATEST", ["new", "second", "$LATEST", "$LATEST", arn])
        assert call(api, "mine", Qualifier="1") == ("1", ["old", "first", "1", "1", f"{arn}:1"])
        assert call(api, f"{arn}:live") == ("1", ["old", "first", "1", "1", f"{arn}:live"])
        tail = api.invoke(FunctionName="mine", Qualifier="1", LogType="Tail")["LogResult"]
        start, *rest = base64.b64decode(tail).decode().splitlines()
        assert start.endswith(" Version: 1")
        assert rest[0] == "one line"
        assert api.publish_version(FunctionName="mine")["Version"] == "2"
        api.update_alias(FunctionName="mine", Name="live", FunctionVersion="2")
        assert call(api, "mine", Qualifier="live") == ("2", ["new", "second", "2", "2", f"{arn}:live"])
        missing = refused(api.invoke, FunctionName="mine", Qualifier="nobody")
        assert missing == (404, "ResourceNotFoundException", f"Function not found: {arn}:nobody")

    run(tmp_path, {"Other": function("other")}, with_code(tmp_path, "other", script))


def test_la06_a_version_of_a_templates_function_has_a_copy_of_its_folder(tmp_path: Path) -> None:
    def script(api: Any, _: Ports) -> None:
        assert api.publish_version(FunctionName="other")["Version"] == "1"
        write(tmp_path, "other", code("changed by its developer"))
        assert call(api, "other", Qualifier="1")[1][0] == "old"

    run(tmp_path, {"Other": function("other")}, with_code(tmp_path, "other", script))


def test_la07_fu35_urls_and_mappings_call_the_alias_and_a_url_without_its_alias_refuses(tmp_path: Path) -> None:
    def script(api: Any, ports: Ports) -> None:
        api.publish_version(FunctionName="other")
        api.create_alias(FunctionName="other", Name="live", FunctionVersion="1")
        url = api.create_function_url_config(FunctionName="other", Qualifier="live", AuthType="NONE")["FunctionUrl"]
        for action, sid in (("lambda:InvokeFunctionUrl", "a"), ("lambda:InvokeFunction", "b")):
            grant = {"Principal": "*", "Action": action, "StatementId": sid}
            api.add_permission(FunctionName="other", Qualifier="live", **grant)
        assert httpx.get(url, timeout=60).json() == ["old", "", "1", "1", f"{ARN}other:live"]
        mapping = {"FunctionName": "other:live", "EventSourceArn": f"{QUEUE_ARN}jobs"}
        assert api.create_event_source_mapping(**mapping)["FunctionArn"] == f"{ARN}other:live"
        api.delete_alias(FunctionName="other", Name="live")
        refusal = httpx.get(url, timeout=60)
        assert refusal.status_code == 403
        assert refusal.json()["Message"].startswith("Forbidden. For troubleshooting Function URL authorization issues")

    jobs = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}}
    run(tmp_path, {"Other": function("other"), "Jobs": jobs}, with_code(tmp_path, "other", script))


def with_code(folder: Path, name: str, script: Callable[[Any, Ports], None]) -> Callable[[Any, Ports], None]:
    """Write a function's code before its emulator starts."""
    write(folder, name, code("old"))
    return script


def test_la07_a_mapping_of_an_alias_has_its_version_started(tmp_path: Path) -> None:
    def script(api: Any, ports: Ports) -> None:
        api.publish_version(FunctionName="other")
        api.create_alias(FunctionName="other", Name="live", FunctionVersion="1")
        api.create_event_source_mapping(FunctionName="other:live", EventSourceArn=f"{QUEUE_ARN}jobs")
        address, queue = f"http://127.0.0.1:{ports.sqs}", f"http://127.0.0.1:{ports.sqs}/000000000000/jobs"
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        sqs = boto3.client("sqs", endpoint_url=address, **keys)
        sqs.send_message(QueueUrl=queue, MessageBody="x")
        answers = f"http://127.0.0.1:{ports.sqs}/000000000000/seen"
        message = sqs.receive_message(QueueUrl=answers, WaitTimeSeconds=20)["Messages"][0]
        assert json.loads(message["Body"])["arn"] == f"{ARN}other:live"

    queue = {name: {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name.lower()}} for name in ("Jobs", "Seen")}
    write(tmp_path, "other", SENDER)
    run(tmp_path, {"Other": function("other"), **queue}, script)
