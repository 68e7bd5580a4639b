"""The restated templates run, each with a message through, in this process; and the survey says which load."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from emulator.environments.scripted_functions import ScriptedContext
from emulator.free_ports import free_ports
from emulator.loading import load
from emulator.project.project_options import ProjectOptions
from emulator.resources import Resources
from emulator.settings import Settings
from emulator.template.survey import main, survey
from tests.emulators import emulator_of

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"


@dataclass(frozen=True)
class Case:
    """Which messages are sent to a template, and which functions get them."""

    sent: tuple[tuple[str, str], ...]  #: queue and body
    received: frozenset[tuple[str, str]]  #: function and body
    parameters: Mapping[str, str] = field(default_factory=dict)
    resolve: Mapping[str, str] = field(default_factory=dict)
    url: str = ""  #: the function whose URL is called

    @classmethod
    def of(cls, queue: str, function: str, **more: Any) -> "Case":
        return cls(((queue, "through"),), frozenset({(function, "through")}), **more)


FROST, HEAT, ALARM = '{"sensor": "roof-1", "degrees": -4}', '{"sensor": "roof-1", "degrees": 30}', '{"alarm": 1}'
NEAR, FAR = '{"address": "10.0.0.7"}', '{"address": "10.0.1.7"}'
VAULT = {
    "ssm:/vault/level": "debug",
    "ssm:/vault/token": "t",
    "secretsmanager:vault-us-east-1": '{"user": "me"}',
    "import:vault-Bucket": "b",
    "import:vault-Key": "k",
    "import:vault-Group": "g",
}
CASES = {
    "photos.sam.yaml": Case.of("photos-dev", "process", url="receive"),
    "orders.sam.yaml": Case.of("orders.fifo", "facepipe-Worker"),
    "regions.yaml": Case.of("jobs", "worker", parameters={"Level": "x"}),
    "alerts.sam.yaml": Case.of("reports", "facepipe-Report"),
    "sorting.sam.yaml": Case(
        (("cold", HEAT), ("cold", FROST), ("cold", ALARM), ("inside", FAR), ("inside", NEAR)),
        frozenset({("facepipe-Warn", FROST), ("facepipe-Warn", ALARM), ("facepipe-Admit", NEAR)}),
    ),
    "typewriter.sam.json": Case.of("letters", "facepipe-Typewriter"),
    "shipping.yaml": Case.of("parcels.fifo", "ship"),
    "vault.sam.yaml": Case.of("deposits", "keep", parameters={"Image": "i", "Subnets": "a,b"}, resolve=VAULT),
    "greeter.yaml": Case.of("greetings-world", "facepipe-Greeter", url="facepipe-Greeter"),
    "studio/template.yaml": Case.of("thumbnails", "thumbnail"),
}


def settings_of(name: str) -> Settings:
    case = CASES[name]
    return Settings(TEMPLATES / name, parameters=case.parameters, project=ProjectOptions(resolve=case.resolve))


def loaded(name: str) -> Resources:
    return load(settings_of(name))


async def send(endpoint: str, queue: str, body: str) -> None:
    """Send a message as an SDK does, with a group where the queue is a FIFO queue."""
    group = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if queue.endswith(".fifo") else {}
    message = {"QueueUrl": f"{endpoint}/000000000000/{queue}", "MessageBody": body, **group}
    headers = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}
    async with aiohttp.ClientSession() as http, http.post(endpoint, json=message, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


@pytest.mark.parametrize("name", CASES)
def test_a_message_goes_through_each_template(name: str) -> None:
    case = CASES[name]

    async def scenario() -> None:
        ports = free_ports()
        settings = replace(settings_of(name), ports=ports)
        resources = load(settings)
        arrived: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

        async def handler(event: dict, context: ScriptedContext) -> dict:
            for record in event.get("Records", []):
                arrived.put_nowait((context.function_name, record["body"]))
            return {"statusCode": 200, "body": json.dumps({"function": context.function_name})}

        scripts = {function.name: handler for function in resources.functions}
        async with asyncio.timeout(240), emulator_of(resources, scripts, settings):
            for queue, body in case.sent:
                await send(f"http://127.0.0.1:{ports.sqs}", queue, body)
            assert {await arrived.get() for _ in case.received} == case.received
            if case.url:
                url = f"http://127.0.0.1:{ports.function_url(0)}/"
                async with aiohttp.ClientSession() as http, http.post(url, data=b"photo") as answer:
                    assert await answer.json(content_type=None) == {"function": case.url}

    asyncio.run(scenario())


def test_what_differs_from_aws_is_named_for_each_template() -> None:
    found = {name: {line.partition(" (")[0] for line in loaded(name).differences} for name in CASES}
    assert found["alerts.sam.yaml"] == {"Layers", "TracingConfig"}
    assert {"VpcConfig", "Tags", "InvokeMode", "KmsMasterKeyId"} <= found["typewriter.sam.json"]
    assert found["shipping.yaml"] == {"FileSystemConfigs", "TracingConfig", "RedriveAllowPolicy", "Tags"}
    assert {"KmsKeyArn", "VpcConfig"} <= found["vault.sam.yaml"]
    assert found["greeter.yaml"] == set()


def test_queues_for_failed_events_are_those_of_the_template() -> None:
    alerts = loaded("alerts.sam.yaml")
    (check,) = [function for function in alerts.functions if function.logical_id == "Check"]
    (report,) = alerts.event_invokes
    assert check.dead_letter_queue == "facepipe-FailedChecks"
    assert set(report.destination_queues) <= {queue.name for queue in alerts.queues}


def test_values_of_other_services_and_stacks_reach_the_function() -> None:
    (keep,) = loaded("vault.sam.yaml").functions
    assert dict(keep.environment) == {
        "LEVEL": "debug",
        "TOKEN": "t",
        "DATABASE": "postgres://me@db",
        "OTHER_STACK": "b",
    }


def test_where_the_code_of_each_packaging_is() -> None:
    sources = {function.name: function.source for function in loaded("studio/template.yaml").functions}
    assert (sources["resize"].folder, sources["resize"].layers) == ("resize/", ("layer/",))
    assert (sources["thumbnail"].context, sources["thumbnail"].working_directory) == ("thumbnail", "/var/task/src")
    assert "import os, boto3" in (sources["note"].inline or "")
    assert "Shared" not in " ".join(loaded("studio/template.yaml").not_emulated)


def test_the_survey_says_which_templates_load_and_why_others_do_not(tmp_path: Path, capsys) -> None:
    (tmp_path / "good.yaml").write_text(
        "Parameters: {P: {Type: Number, MinValue: 7}}\n"
        "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: !Ref P}}}"
    )
    (tmp_path / "bad.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queu"}}}')
    (tmp_path / "main.tf").write_text('resource "aws_sqs_queue" "q" {}\n')
    assert [(name, len(problems)) for name, problems in survey(tmp_path)] == [
        ("bad.json", 1),
        ("good.yaml", 0),
        ("main.tf", 1),
    ]
    assert main(str(tmp_path)) == 1
    assert capsys.readouterr().out.endswith("1 of 3 templates load\n")


def test_a_wrapper_script_is_named_and_its_variable_reaches_the_function(tmp_path: Path) -> None:
    wrapper = "{Variables: {AWS_LAMBDA_EXEC_WRAPPER: /opt/wrapper}}"
    code = "{ZipFile: 'def handler(event, context): pass'}"
    properties = f"{{Handler: index.handler, Runtime: python3.13, Role: r, Code: {code}, Environment: {wrapper}}}"
    template = tmp_path / "template.yaml"
    template.write_text(f"Resources: {{F: {{Type: AWS::Lambda::Function, Properties: {properties}}}}}")
    resources = load(Settings(template))
    (difference,) = resources.differences
    assert difference.startswith("Environment (F): functions that run as processes start without the script")
    assert dict(resources.functions[0].environment) == {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"}
