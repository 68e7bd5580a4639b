"""Whole policies: which statements PutResourcePolicy replaces, and which URLs it opens (FU-31)."""

import json
from typing import Any

import pytest

from tests.unit.emulator.lambda_api.in_process import ARN, Emulated, refused

EVERYONE = {"Sid": "all", "Effect": "Allow", "Principal": "*", "Resource": f"{ARN}echo"}
BOTH = {**EVERYONE, "Action": ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]}


def put(client: Any, *statements: dict[str, Any], **more: Any) -> Any:
    policy = {"Version": "2012-10-17", "Statement": statements}
    return client.put_resource_policy(ResourceArn=f"{ARN}echo", Policy=json.dumps(policy), **more)


def test_fu31_a_policy_replaces_all_grants_and_urls_follow() -> None:
    emulated = Emulated()
    client = emulated.client()
    grant = {"FunctionName": "echo", "Principal": "s3.amazonaws.com", "Action": "lambda:InvokeFunction"}
    client.add_permission(**grant, StatementId="before")
    url_id = emulated.stack.url_of("echo")
    assert emulated.stack.urls[url_id].url.not_granted
    answer = put(client, BOTH)
    assert not emulated.stack.urls[url_id].url.not_granted
    assert json.loads(answer["Policy"])["Statement"] == [BOTH]
    assert client.get_policy(FunctionName="echo")["Policy"] == answer["Policy"]
    assert client.get_resource_policy(ResourceArn=f"{ARN}echo")["RevisionId"] == answer["RevisionId"]
    client.delete_resource_policy(ResourceArn=f"{ARN}echo")
    assert emulated.stack.urls[url_id].url.not_granted
    assert refused(client.get_resource_policy, ResourceArn=f"{ARN}echo")[0] == 404
    assert refused(client.delete_resource_policy, ResourceArn=f"{ARN}echo")[0] == 404


def test_fu31_conditions_are_kept() -> None:
    client = Emulated().client()
    condition = {
        "StringEquals": {"lambda:FunctionUrlAuthType": "NONE"},
        "Bool": {"lambda:InvokedViaFunctionUrl": "true"},
    }
    statement = {**BOTH, "Condition": condition}
    assert json.loads(put(client, statement)["Policy"])["Statement"] == [statement]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ({**BOTH, "Effect": "Deny"}, "a statement whose Effect is not Allow is not emulated"),
        ({**BOTH, "NotAction": "x"}, "a statement with NotAction is not emulated"),
        (EVERYONE, "a statement needs an Action"),
        ({**BOTH, "Condition": {"IpAddress": {"aws:SourceIp": "1"}}}, "the condition IpAddress of aws:SourceIp"),
    ],
)
def test_fu31_what_is_not_emulated_is_refused_and_nothing_changes(statement: dict[str, Any], problem: str) -> None:
    client = Emulated().client()
    before = put(client, BOTH)["Policy"]
    policy = json.dumps({"Statement": [statement]})
    status, kind, message = refused(client.put_resource_policy, ResourceArn=f"{ARN}echo", Policy=policy)
    assert (status, kind) == (400, "InvalidParameterValueException")
    assert message.startswith(problem)
    assert client.get_resource_policy(ResourceArn=f"{ARN}echo")["Policy"] == before


def test_fu31_a_stale_revision_changes_nothing() -> None:
    client, policy = Emulated().client(), json.dumps({"Statement": [BOTH]})
    stale = {"ResourceArn": f"{ARN}echo", "Policy": policy, "RevisionId": "00000000-0000-0000-0000-000000000000"}
    assert refused(client.put_resource_policy, **stale)[:2] == (412, "PreconditionFailedException")
    assert refused(client.get_resource_policy, ResourceArn=f"{ARN}echo")[0] == 404
