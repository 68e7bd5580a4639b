"""AddPermission, RemovePermission, GetPolicy and URLs: answers and errors as recorded on AWS (LocalStack's snapshots)."""

import json
from typing import Any

import pytest

from tests.unit.emulator.lambda_api.in_process import ARN, Emulated, refused

BUCKET = "arn:aws:s3:::bucket"
NOT_FOUND = "ResourceNotFoundException"
EXISTS = "Error message:  FunctionUrlConfig exists for this Lambda function"
TWICE = "Please provide a new statement id, or remove the existing statement."
STALE = "The Revision Id provided does not match the latest Revision Id."


def add(client: Any, **parameters: Any) -> dict[str, Any]:
    given = {"FunctionName": "echo", "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
    answer = client.add_permission(**{**given, **parameters})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    statement: dict[str, Any] = json.loads(answer["Statement"])
    return statement


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (
            {"SourceAccount": "111111111111"},
            {"Principal": "*", "Condition": {"StringEquals": {"AWS:SourceAccount": "111111111111"}}},
        ),
        ({"Principal": "sqs.amazonaws.com"}, {"Principal": {"Service": "sqs.amazonaws.com"}}),
        ({"Principal": "111111111111"}, {"Principal": {"AWS": "arn:aws:iam::111111111111:root"}}),
        (
            {"Principal": "s3.amazonaws.com", "SourceArn": BUCKET},
            {"Principal": {"Service": "s3.amazonaws.com"}, "Condition": {"ArnLike": {"AWS:SourceArn": BUCKET}}},
        ),
        (
            {"EventSourceToken": "amzn1.ask.skill.x"},
            {"Principal": "*", "Condition": {"StringEquals": {"lambda:EventSourceToken": "amzn1.ask.skill.x"}}},
        ),
        (
            {
                "Action": "lambda:InvokeFunctionUrl",
                "FunctionUrlAuthType": "NONE",
                "SourceAccount": "111111111111",
                "SourceArn": BUCKET,
                "PrincipalOrgID": "o-1234567890",
            },
            {
                "Principal": "*",
                "Action": "lambda:InvokeFunctionUrl",
                "Condition": {
                    "StringEquals": {
                        "AWS:SourceAccount": "111111111111",
                        "lambda:FunctionUrlAuthType": "NONE",
                        "aws:PrincipalOrgID": "o-1234567890",
                    },
                    "ArnLike": {"AWS:SourceArn": BUCKET},
                },
            },
        ),
    ],
)
def test_a_statement_is_described_as_on_aws(parameters: dict[str, Any], expected: dict[str, Any]) -> None:
    same = {"Sid": "s", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": f"{ARN}echo"}
    assert add(Emulated().client(), **parameters) == {**same, **expected}


def test_a_policy_has_all_statements_and_is_gone_with_the_last() -> None:
    client = Emulated().client()
    statements = [add(client, StatementId="one"), add(client, StatementId="two", Principal="sqs.amazonaws.com")]
    answer = client.get_policy(FunctionName="echo")
    assert json.loads(answer["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    assert answer["RevisionId"] == client.get_function(FunctionName="echo")["Configuration"]["RevisionId"]
    missing = refused(client.remove_permission, FunctionName="echo", StatementId="three")
    assert missing == (404, NOT_FOUND, "Statement three is not found in resource policy.")
    for identifier in ("one", "two"):
        removed = client.remove_permission(FunctionName="echo", StatementId=identifier)
        assert removed["ResponseMetadata"]["HTTPStatusCode"] == 204
    gone = "The resource you requested does not exist."
    assert refused(client.get_policy, FunctionName="echo") == (404, NOT_FOUND, gone)
    none = refused(client.remove_permission, FunctionName="echo", StatementId="one")
    assert none == (404, NOT_FOUND, "No policy is associated with the given resource.")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"FunctionName": "none"}, (404, NOT_FOUND, f"Function not found: {ARN}none")),
        (
            {"StatementId": "there"},
            (
                409,
                "ResourceConflictException",
                f"The statement id (there) provided already exists. {TWICE}",
            ),
        ),
        (
            {"Qualifier": "$LATEST"},
            (400, "InvalidParameterValueException", "We currently do not support adding policies for $LATEST."),
        ),
        (
            {"Principal": "nobody"},
            (
                400,
                "InvalidParameterValueException",
                "The provided principal was invalid. Please check the principal and try again.",
            ),
        ),
        (
            {"RevisionId": "wrong"},
            (
                412,
                "PreconditionFailedException",
                f"{STALE} Call the GetPolicy API to retrieve the latest Revision Id",
            ),
        ),
    ],
)
def test_what_add_permission_refuses(parameters: dict[str, Any], expected: tuple[int, str, str]) -> None:
    client = Emulated().client()
    add(client, StatementId="there")
    given = {"FunctionName": "echo", "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
    assert refused(client.add_permission, **{**given, **parameters}) == expected


def test_fu30_a_url_is_open_to_everyone_only_with_both_grants() -> None:
    emulated = Emulated()
    client = emulated.client()
    client.create_function_url_config(FunctionName="worker", AuthType="NONE")

    def missing() -> tuple[str, ...]:
        return emulated.stack.urls[emulated.stack.url_of("worker")].url.not_granted

    url, invoke = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"
    assert missing() == (url, invoke)
    add(client, FunctionName="worker", StatementId="url", Action=url, FunctionUrlAuthType="NONE")
    assert missing() == (invoke,)
    via = add(client, FunctionName="worker", StatementId="invoke", Action=invoke, InvokedViaFunctionUrl=True)
    assert via["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    assert missing() == ()
    client.remove_permission(FunctionName="worker", StatementId="url")
    assert missing() == (url,)
    client.update_function_url_config(FunctionName="worker", AuthType="AWS_IAM")
    assert missing() == (), "a signature is asked for instead"
    client.update_function_url_config(FunctionName="worker", AuthType="NONE")
    assert missing() == (url,)


def test_fu24_a_url_is_made_changed_and_deleted_as_on_aws() -> None:
    client = Emulated().client()
    cors = {"AllowOrigins": ["https://example.com"], "MaxAge": 10}
    made = client.create_function_url_config(FunctionName="worker", AuthType="NONE", Cors=cors)
    assert made.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    assert made.pop("CreationTime")
    assert made == {
        "FunctionUrl": "http://127.0.0.1:9001/",
        "FunctionArn": f"{ARN}worker",
        "AuthType": "NONE",
        "Cors": {"AllowCredentials": False, **cors},
    }
    twice = refused(client.create_function_url_config, FunctionName="worker", AuthType="NONE")
    assert twice == (
        409,
        "ResourceConflictException",
        f"Failed to create function url config for [functionArn = {ARN}worker]. {EXISTS}",
    )
    changed = client.update_function_url_config(FunctionName="worker", AuthType="AWS_IAM")
    assert (changed["AuthType"], changed["Cors"]["MaxAge"]) == ("AWS_IAM", 10)
    found = client.get_function_url_config(FunctionName="worker")
    assert (found["AuthType"], found["InvokeMode"]) == ("AWS_IAM", "BUFFERED")
    deleted = client.delete_function_url_config(FunctionName="worker")
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    gone = (404, NOT_FOUND, "The resource you requested does not exist.")
    assert refused(client.get_function_url_config, FunctionName="worker") == gone
    assert refused(client.delete_function_url_config, FunctionName="worker") == gone
    assert refused(client.update_function_url_config, FunctionName="worker", AuthType="NONE") == gone
    unknown = (404, NOT_FOUND, "Function does not exist")
    assert refused(client.create_function_url_config, FunctionName="none", AuthType="NONE") == unknown
    assert refused(client.update_function_url_config, FunctionName="none", AuthType="NONE") == unknown


def test_fu29_streams_are_refused_by_name() -> None:
    answer = refused(
        Emulated().client().create_function_url_config,
        FunctionName="worker",
        AuthType="NONE",
        InvokeMode="RESPONSE_STREAM",
    )
    assert answer[:2] == (501, "NotImplementedException")
    assert "InvokeMode RESPONSE_STREAM" in answer[2]


def test_a_url_has_the_lowest_free_position_and_keeps_it() -> None:
    emulated = Emulated()
    client, stack = emulated.client(), emulated.stack
    client.create_function_url_config(FunctionName="worker", AuthType="NONE")
    client.delete_function_url_config(FunctionName="echo")
    assert stack.urls[stack.url_of("worker")].position == 1
    client.create_function_url_config(FunctionName="echo", AuthType="NONE")
    assert stack.urls[stack.url_of("echo")].position == 0
