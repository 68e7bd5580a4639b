"""Which permissions a role lacks, and which cannot be known, by IAM's rules for policies."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from emulator.doctor.examination import examine
from emulator.doctor.findings import Level
from tests.unit.emulator.doctor.test_doctor import NOWHERE, PLACE, examined, policy, template

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: the execution role needs these
POLLING = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
JOBS = {"Fn::GetAtt": ["Jobs", "Arn"]}
NAMES_DEAD = {"Variables": {"OUTPUT": {"Ref": "Dead"}}}

#: policies of the role → level, and a part of what is said; None: nothing is found
POLLED: dict[str, tuple[dict[str, Any], tuple[Level, str] | None]] = {
    "the three actions": ({"Policies": [policy(POLLING, JOBS)]}, None),
    "all of SQS": ({"Policies": [policy("sqs:*", "*")]}, None),
    "in capitals and lower case": ({"Policies": [policy([name.upper() for name in POLLING], JOBS)]}, None),
    "AWS's own policy": (
        {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]},
        None,
    ),
    "nothing": ({}, (Level.ERROR, "lacks sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes on arn:")),
    "two of three": (
        {"Policies": [policy(POLLING[:2], JOBS)]},
        (Level.ERROR, "the role lacks sqs:GetQueueAttributes on arn:aws:sqs:us-east-1:000000000000:"),
    ),
    "another queue": ({"Policies": [policy("sqs:*", {"Fn::GetAtt": ["Dead", "Arn"]})]}, (Level.ERROR, "lacks")),
    "logs only": (
        {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]},
        (Level.ERROR, "lacks"),
    ),
    "a denial": (
        {"Policies": [policy("sqs:*", "*"), policy("sqs:DeleteMessage", "*", Effect="Deny")]},
        (Level.ERROR, "lacks sqs:DeleteMessage on"),
    ),
    "a policy of another stack": (
        {"ManagedPolicyArns": ["arn:aws:iam::000000000000:policy/ours"]},
        (Level.NOTE, "depends on the content of ours, which is not in the template"),
    ),
    "a condition": (
        {"Policies": [policy("sqs:*", "*", Condition={"Bool": {"aws:SecureTransport": "true"}})]},
        (Level.NOTE, "depends on a Condition"),
    ),
}


@pytest.mark.parametrize("case", POLLED)
def test_es46_the_role_of_a_mapping(tmp_path: Path, case: str) -> None:
    properties, expected = POLLED[case]
    content = template()
    content["Resources"]["WorkerRole"]["Properties"] = properties
    findings = [finding for finding in examined(tmp_path, content).findings if finding.id == "ES-46"]
    if expected is None:
        assert findings == []
        return
    (finding,) = findings
    assert (finding.level, finding.path) == (expected[0], "Resources.WorkerRole")
    assert expected[1] in finding.on_aws


def test_a_policy_of_its_own_and_a_managed_one_of_the_template_count(tmp_path: Path) -> None:
    for kind, attached in (("AWS::IAM::Policy", {"Roles": [{"Ref": "WorkerRole"}]}), ("AWS::IAM::ManagedPolicy", {})):
        content = template()
        role = {} if attached else {"ManagedPolicyArns": [{"Ref": "Extra"}]}
        content["Resources"]["WorkerRole"]["Properties"] = role
        content["Resources"]["Extra"] = {"Type": kind, "Properties": {**policy(POLLING, JOBS), **attached}}
        assert examined(tmp_path, content).findings == []


def test_a_role_that_the_template_does_not_have_is_not_known(tmp_path: Path) -> None:
    (finding,) = examined(tmp_path, template(Worker_Role="arn:aws:iam::000000000000:role/ours")).findings
    assert (finding.level, finding.id) == (Level.NOTE, "ES-46")
    assert "(arn:aws:iam::000000000000:role/ours), so its permissions are not known" in finding.on_aws


def test_a_queue_that_a_variable_names_needs_the_right_to_send(tmp_path: Path) -> None:
    content = template(Worker_Environment=NAMES_DEAD)
    assert examined(tmp_path, content).findings == []
    content["Resources"]["WorkerRole"]["Properties"]["Policies"] = []
    (finding,) = examined(tmp_path, content).findings
    assert (finding.level, finding.id, finding.path) == (Level.WARNING, "RT-21", "Resources.WorkerRole")
    assert "worker's variable OUTPUT names this queue: if the function sends to it" in finding.on_aws


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  In: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}}}
  Dead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  Out: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: "def handler(event, context): pass"
      Policies: %s
      Environment: {Variables: {OUT: !Ref Out}}
      Events: {Queue: {Type: SQS, Properties: {Queue: !GetAtt In.Arn, BatchSize: 1}}}
"""


@pytest.mark.parametrize(
    ("policies", "found"),
    [
        ("[{SQSSendMessagePolicy: {QueueName: !GetAtt Out.QueueName}}]", []),
        ("[]", ["RT-21"]),
        ("[{SQSPollerPolicy: {QueueName: !GetAtt In.QueueName}}]", ["RT-21"]),
    ],
)
def test_sams_policy_templates_are_read(tmp_path: Path, policies: str, found: list[str]) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(SAM % policies)
    findings = asyncio.run(examine(path, PLACE, {}, **NOWHERE)).findings
    assert [finding.id for finding in findings if finding.id in ("ES-46", "RT-21")] == found
