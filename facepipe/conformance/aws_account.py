"""Prepares a run on AWS: the role of the functions, an estimate of the cost, and the removal of what runs leave."""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from facepipe.conformance.tried_server import PREFIX, TriedServer

ROLE = f"{PREFIX}-role"
SETTLE_S = 12.0  #: a new role can be assumed by Lambda after some seconds
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
COST = """\
This makes about 200 Lambda functions, 100 SQS queues and 60 event source mappings in account {account}, in {region}.
Their names begin with {prefix}; the role {role} is made too if none is given. All is removed at the end.
It takes about 40 minutes, calls functions of 128 MB about 400 times (below 0.01 USD) and makes about 60,000
requests to SQS, most of them the mappings' long polls (below 0.03 USD); both are within AWS's free tier.
Function URLs without a signature are open to the internet meanwhile; their functions return what they are sent."""


class AccountError(RuntimeError):
    """The account cannot be used; the message says why and what to do."""


def cost(account: str, region: str) -> str:
    """Return an estimate of what a run makes and costs."""
    return COST.format(account=account, region=region, prefix=PREFIX, role=ROLE)


def who_asks(sts: Any) -> str:
    """Return the account's id. Raises `AccountError` if there are no valid credentials."""
    try:
        return str(sts.get_caller_identity()["Account"])
    except (ClientError, BotoCoreError) as error:
        raise AccountError(f"AWS does not know who asks ({error}): set AWS_PROFILE, or log in") from error


@contextlib.contextmanager
def role_of(iam: Any, given: str, account: str) -> Iterator[str]:
    """Yield the ARN of a role for the functions. A role that is created here is removed afterwards."""
    if given:
        yield given
        return
    try:
        made = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps(_policy(account)))
    except (ClientError, BotoCoreError) as error:
        raise AccountError(f"the role {ROLE} cannot be made ({error}): name one with --role ARN") from error
    try:
        time.sleep(SETTLE_S)
        yield str(made)
    finally:
        with contextlib.suppress(ClientError, BotoCoreError):
            iam.delete_role_policy(RoleName=ROLE, PolicyName="all")
        with contextlib.suppress(ClientError, BotoCoreError):
            iam.delete_role(RoleName=ROLE)


def _policy(account: str) -> dict[str, object]:
    """Return the role's policy: it allows calls to queues and functions with the suite's names, and logs."""
    names = [f"arn:aws:sqs:*:{account}:{PREFIX}-*", f"arn:aws:lambda:*:{account}:function:{PREFIX}-*"]
    logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["sqs:*", "lambda:InvokeFunction"], "Resource": names},
            {"Effect": "Allow", "Action": logs, "Resource": "*"},
        ],
    }


def remove_left(server: TriedServer) -> list[str]:
    """Remove what earlier runs left because they were killed; return the names. The role is not removed."""
    return [
        *_left(_functions(server), lambda name: server.client("lambda").delete_function(FunctionName=name)),
        *_left(_queues(server), lambda url: server.client("sqs").delete_queue(QueueUrl=url)),
        *_left(_log_groups(server), lambda name: server.client("logs").delete_log_group(logGroupName=name)),
    ]


def _left(names: Iterator[str], remove: Any) -> Iterator[str]:
    for name in list(names):
        with contextlib.suppress(ClientError, BotoCoreError):
            remove(name)
            yield name


def _functions(server: TriedServer) -> Iterator[str]:
    api = server.client("lambda")
    for page in api.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if function["FunctionName"].startswith(PREFIX):
                yield from _mappings(api, function["FunctionName"])
                yield function["FunctionName"]


def _mappings(api: Any, function: str) -> Iterator[str]:
    """Remove the mappings of a function, which would outlive it."""
    for mapping in api.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
        with contextlib.suppress(ClientError):
            api.delete_event_source_mapping(UUID=mapping["UUID"])
    yield from ()


def _queues(server: TriedServer) -> Iterator[str]:
    for page in server.client("sqs").get_paginator("list_queues").paginate(QueueNamePrefix=PREFIX):
        yield from page.get("QueueUrls", [])


def _log_groups(server: TriedServer) -> Iterator[str]:
    groups = server.client("logs").get_paginator("describe_log_groups")
    for page in groups.paginate(logGroupNamePrefix=f"/aws/lambda/{PREFIX}"):
        yield from (group["logGroupName"] for group in page["logGroups"])
