"""What each role of template.yaml may do, to the action, and what its queues and functions have."""

from pathlib import Path
from typing import Any

import pytest
import yaml

TEMPLATE = Path(__file__).resolve().parents[4] / "template.yaml"


class Loader(yaml.SafeLoader):
    """Tags as `{tag: value}`, as CloudFormation's JSON has them."""


def tagged(loader: Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {suffix: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", tagged)


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    return yaml.load(TEMPLATE.read_text(), Loader)["Resources"]  # noqa: S506


def grants(role: dict[str, Any]) -> set[tuple[str, str]]:
    """What a role allows, as (action, resource)."""
    (policy,) = role["Properties"]["Policies"]
    found = set()
    for entry in policy["PolicyDocument"]["Statement"]:
        statement = entry["If"][1] if "If" in entry else entry
        assert statement["Effect"] == "Allow"
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        resource = statement["Resource"]
        found |= {
            (action, resource if isinstance(resource, str) else next(iter(resource.values()))) for action in actions
        }
    return found


TRACING = {("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")}


def test_face_detection_may_log_trace_and_send_requests_and_no_more(resources: dict[str, Any]) -> None:
    assert grants(resources["DetectionRole"]) == TRACING | {
        ("logs:CreateLogStream", "DetectionLogs.Arn"),
        ("logs:PutLogEvents", "DetectionLogs.Arn"),
        ("sqs:SendMessage", "RequestQueue.Arn"),
    }


def test_es46_face_recognition_may_take_requests_and_send_results_and_no_more(resources: dict[str, Any]) -> None:
    assert grants(resources["RecognitionRole"]) == TRACING | {
        ("logs:CreateLogStream", "RecognitionLogs.Arn"),
        ("logs:PutLogEvents", "RecognitionLogs.Arn"),
        ("sqs:ReceiveMessage", "RequestQueue.Arn"),
        ("sqs:DeleteMessage", "RequestQueue.Arn"),
        ("sqs:GetQueueAttributes", "RequestQueue.Arn"),
        ("sqs:SendMessage", "ResponseQueue.Arn"),
        ("s3:GetObject", "GalleryObjectArn"),
    }


def test_roles_are_lambdas_only_and_have_no_managed_policy(resources: dict[str, Any]) -> None:
    for name in ("DetectionRole", "RecognitionRole"):
        properties = resources[name]["Properties"]
        assert set(properties) == {"AssumeRolePolicyDocument", "Policies"}
        (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"


def test_fu24_a_public_url_has_both_permissions_and_a_signed_one_none(resources: dict[str, Any]) -> None:
    permissions = {name: entry for name, entry in resources.items() if entry["Type"] == "AWS::Lambda::Permission"}
    actions = {entry["Properties"]["Action"] for entry in permissions.values()}
    assert actions == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    assert {entry["Condition"] for entry in permissions.values()} == {"PublicUrl"}


def test_every_queue_is_encrypted_and_every_function_traced_and_logged_for_a_while(resources: dict[str, Any]) -> None:
    def of_type(kind: str) -> list[dict[str, Any]]:
        return [entry["Properties"] for entry in resources.values() if entry["Type"] == kind]

    assert all(queue["SqsManagedSseEnabled"] is True for queue in of_type("AWS::SQS::Queue"))
    functions = of_type("AWS::Lambda::Function")
    assert all(function["TracingConfig"] == {"Mode": "Active"} for function in functions)
    groups = of_type("AWS::Logs::LogGroup")
    assert {group["LogGroupName"] for group in groups} == {f"/aws/lambda/{f['FunctionName']}" for f in functions}
    assert all("RetentionInDays" in group for group in groups)


def test_every_dead_letter_queue_has_an_alarm(resources: dict[str, Any]) -> None:
    targets = {
        entry["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["GetAtt"].split(".")[0]
        for entry in resources.values()
        if "RedrivePolicy" in entry["Properties"]
    }
    watched = {
        dimension["Value"]["GetAtt"].split(".")[0]
        for entry in resources.values()
        if entry["Type"] == "AWS::CloudWatch::Alarm"
        for dimension in entry["Properties"]["Dimensions"]
    }
    assert targets
    assert targets <= watched
