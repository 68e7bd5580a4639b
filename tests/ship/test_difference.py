"""What the emulator reads from template.yaml, beside what CloudFormation makes of it: resource by resource, no difference.

CloudFormation is moto's. Of AWS::Lambda::Url and AWS::CloudWatch::Alarm it makes nothing, and it
forgets a function's ImageConfig: cfn-lint's schemas and the container suite look at these.
"""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from emulator.resources import Function, Queue, Resources
from emulator.template import Place, load_file
from tests.ship.conftest import ROOT, Moto

ACCOUNT = "123456789012"
NOT_BY_MOTO = {"AWS::Lambda::Url", "AWS::CloudWatch::Alarm"}
#: what SQS says of a queue for which the template does not say it
SQS_DEFAULTS = {"VisibilityTimeout": "30", "MessageRetentionPeriod": "345600", "DelaySeconds": "0"}
GIVEN = {
    "defaults": {},
    "everything else": {
        "DetectionReservedConcurrency": "3",
        "RecognitionReservedConcurrency": "4",
        "MappingMaximumConcurrency": "4",
        "RecognitionTimeout": "20",
        "RequestVisibilityTimeout": "120",
        "BatchSize": "3",
        "MaxReceiveCount": "7",
        "DetectionMemory": "2048",
        "Architecture": "arm64",
        "FunctionUrlAuthType": "AWS_IAM",
    },
}


@dataclass(frozen=True)
class Both:
    """One template, read twice."""

    emulator: Resources
    moto: Moto


@pytest.fixture(params=GIVEN)
def both(request: pytest.FixtureRequest, moto: Moto) -> Both:
    given = GIVEN[request.param]
    parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
    body = (ROOT / "template.yaml").read_text()
    client, stack = moto.client("cloudformation"), {"StackName": "facepipe", "ChangeSetName": "first"}
    client.create_change_set(**stack, ChangeSetType="CREATE", TemplateBody=body, Parameters=parameters)
    client.execute_change_set(**stack)
    place = Place(lambda name: f"{moto.url}/{ACCOUNT}/{name}", str, account_id=ACCOUNT)
    return Both(load_file(ROOT / "template.yaml", place=place, parameters=given), moto)


def of_emulator(queue: Queue) -> dict[str, Any]:
    redrive = queue.redrive_policy
    found = {**SQS_DEFAULTS, **queue.attributes}
    return found | {"redrive": redrive and (redrive.dead_letter_queue, redrive.max_receive_count)}


def of_moto(attributes: dict[str, str]) -> dict[str, Any]:
    redrive = json.loads(attributes.get("RedrivePolicy", "null"))
    found = {name: attributes[name] for name in SQS_DEFAULTS}
    return found | {
        "redrive": redrive and (redrive["deadLetterTargetArn"].rsplit(":", 1)[1], int(redrive["maxReceiveCount"]))
    }


def test_the_queues_are_the_same(both: Both) -> None:
    sqs = both.moto.client("sqs")
    made = {}
    for url in sqs.list_queues()["QueueUrls"]:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        made[url.rsplit("/", 1)[1]] = of_moto(attributes)
    assert {queue.name: of_emulator(queue) for queue in both.emulator.queues} == made


def as_lambda_says(function: Function) -> dict[str, Any]:
    return {
        "FunctionName": function.name,
        "Timeout": function.timeout_s,
        "MemorySize": function.memory_mb,
        "EphemeralStorage": {"Size": function.ephemeral_storage_mb},
        "variables": {name: value for name, value in function.environment.items() if not name.endswith("_QUEUE_URL")},
        "queues": {name: value.rsplit("/", 1)[1] for name, value in function.environment.items() if "_QUEUE" in name},
        "ImageUri": function.image_uri,
        "reserved": function.reserved_concurrency,
    }


def test_the_functions_are_the_same(both: Both) -> None:
    client = both.moto.client("lambda")
    made = []
    for name in [function.name for function in both.emulator.functions]:
        answer = client.get_function(FunctionName=name)
        facts = answer["Configuration"]
        variables = facts["Environment"]["Variables"]
        made.append(
            {
                **{key: facts[key] for key in ("FunctionName", "Timeout", "MemorySize", "EphemeralStorage")},
                "variables": {key: str(value) for key, value in variables.items() if not key.endswith("_QUEUE_URL")},
                "queues": {key: value.rsplit("/", 1)[1] for key, value in variables.items() if "_QUEUE" in key},
                "ImageUri": answer["Code"]["ImageUri"],
                "reserved": answer.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            }
        )
    assert [as_lambda_says(function) for function in both.emulator.functions] == made
    assert len(client.list_functions()["Functions"]) == len(made)


def test_the_mapping_is_the_same(both: Both) -> None:
    (made,) = both.moto.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    (read,) = both.emulator.mappings
    assert made["EventSourceArn"].rsplit(":", 1)[1] == read.queue
    assert made["FunctionArn"].rsplit(":", 1)[1] == read.function
    assert made["BatchSize"] == read.batch_size
    assert made.get("MaximumBatchingWindowInSeconds", 0) == read.batch_window_s
    assert made.get("ScalingConfig", {}).get("MaximumConcurrency") == read.maximum_concurrency
    assert made["FunctionResponseTypes"] == ["ReportBatchItemFailures"] * read.report_batch_item_failures
    assert (made["State"] == "Enabled") == read.enabled


def test_every_other_resource_is_named_as_not_emulated_or_not_made_by_moto(both: Both) -> None:
    """Nothing in the template is passed over in silence by either."""
    template = both.moto.client("cloudformation")
    resources = template.describe_stack_resources(StackName="facepipe")["StackResources"]
    made = {one["LogicalResourceId"]: one["ResourceType"] for one in resources if "LogicalResourceId" in one}
    read = both.emulator
    resources_read: list[Any] = [*read.queues, *read.functions, *read.mappings]
    emulated = {one.logical_id for one in resources_read}
    # What permissions do is part of the URLs that they open (FU-24).
    emulated |= {name for name, kind in made.items() if kind == "AWS::Lambda::Permission"}
    assert [url.not_granted for url in read.urls] == [()]
    skipped = {entry.split(" (")[0]: entry.split(" (")[1].rstrip(")") for entry in read.not_emulated}
    assert emulated <= set(made)
    assert set(made) - emulated <= set(skipped)
    by_nobody = set(skipped) - set(made)
    assert {skipped[name] for name in by_nobody} <= set(NOT_BY_MOTO)
    assert [url.logical_id for url in read.urls] == ["DetectionUrl"]


def test_the_template_is_clean_by_cloudformations_schemas() -> None:
    result = subprocess.run(["cfn-lint", str(ROOT / "template.yaml")], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")
