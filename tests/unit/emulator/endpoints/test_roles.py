"""Roles, as deployment scripts make and look for them: they are names, and IAM's own clients understand the answers."""

import asyncio
import json
from typing import Any

import boto3
import pytest
from aiohttp.test_utils import make_mocked_request
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from emulator.aws.arns import Arns
from emulator.endpoints.roles import ROLES, Roles
from tests.unit.emulator.lambda_api.in_process import Headers, Raw

TRUST = {"Version": "2012-10-17", "Statement": []}
POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def client(roles: Roles, service: str) -> Any:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    made = boto3.client(service, endpoint_url="http://nowhere.invalid", **keys)

    def send(request: Any, **_: Any) -> AWSResponse:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        answer = asyncio.run(roles.answer(make_mocked_request("POST", "/", headers=FORM), body, service))
        return AWSResponse(request.url, answer.status, Headers({}), Raw((answer.text or "").encode()))

    made.meta.events.register(f"before-send.{service}", send)
    return made


@pytest.fixture
def roles() -> Roles:
    return Roles(Arns(), "port 9001 serves lambda")


def error(operation: Any, **arguments: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        operation(**arguments)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def test_a_role_is_made_found_and_deleted(roles: Roles) -> None:
    iam = client(roles, "iam")
    made = iam.create_role(RoleName="mine", AssumeRolePolicyDocument=json.dumps(TRUST), Description="<&>")["Role"]
    assert made["Arn"] == "arn:aws:iam::000000000000:role/mine"
    assert (made["AssumeRolePolicyDocument"], made["Description"]) == (TRUST, "<&>")
    assert iam.get_role(RoleName="mine")["Role"] == made
    assert error(iam.create_role, RoleName="mine", AssumeRolePolicyDocument="{}") == (409, "EntityAlreadyExists")
    iam.delete_role(RoleName="mine")
    assert error(iam.get_role, RoleName="mine") == (404, "NoSuchEntity")
    iam.create_role(RoleName="mine", AssumeRolePolicyDocument="{}")
    iam.get_role(RoleName="mine")


def test_a_role_that_nobody_has_made_is_found_because_scripts_name_roles_of_their_account(roles: Roles) -> None:
    assert client(roles, "iam").get_role(RoleName="LabRole")["Role"]["Arn"] == "arn:aws:iam::000000000000:role/LabRole"


def test_policies_are_kept_by_their_names(roles: Roles) -> None:
    iam = client(roles, "iam")
    iam.create_role(RoleName="mine", AssumeRolePolicyDocument="{}")
    iam.attach_role_policy(RoleName="mine", PolicyArn=POLICY)
    iam.put_role_policy(RoleName="mine", PolicyName="queues", PolicyDocument="{}")
    attached = iam.list_attached_role_policies(RoleName="mine")["AttachedPolicies"]
    assert attached == [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": POLICY}]
    assert iam.list_role_policies(RoleName="mine")["PolicyNames"] == ["queues"]
    assert error(iam.delete_role, RoleName="mine") == (409, "DeleteConflict")
    iam.detach_role_policy(RoleName="mine", PolicyArn=POLICY)
    assert error(iam.detach_role_policy, RoleName="mine", PolicyArn=POLICY) == (404, "NoSuchEntity")
    iam.delete_role_policy(RoleName="mine", PolicyName="queues")
    iam.delete_role(RoleName="mine")


def test_the_account_is_told(roles: Roles) -> None:
    assert client(roles, "sts").get_caller_identity()["Account"] == "000000000000"


def test_other_operations_are_refused_by_name(roles: Roles) -> None:
    assert error(client(roles, "iam").list_users)[0] == 501
    assert error(client(roles, "sts").get_session_token)[0] == 501


def test_roles_are_bounded(roles: Roles) -> None:
    iam = client(roles, "iam")
    roles.deleted = {f"r{number}" for number in range(ROLES)}
    assert error(iam.create_role, RoleName="mine", AssumeRolePolicyDocument="{}") == (409, "LimitExceeded")
