"""Prepares a run on AWS: the role of the functions, an estimate of the cost, and the removal of what runs leave."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
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
Function URLs without a signature are open to the internet meanwhile; their functions return what they are sent.
These numbers are estimates: nobody has measured a run on AWS yet."""


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
    except (ClientError, BotoCoreError) as error:
        raise _no_role(error) from error
    try:
        _allow(iam, account)
        time.sleep(SETTLE_S)
        yield str(made)
    finally:
        with contextlib.suppress(ClientError, BotoCoreError):
            iam.delete_role_policy(RoleName=ROLE, PolicyName="all")
        with contextlib.suppress(ClientError, BotoCoreError):
            iam.delete_role(RoleName=ROLE)


def _allow(iam: Any, account: str) -> None:
    try:
        iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps(_policy(account)))
    except (ClientError, BotoCoreError) as error:
        raise _no_role(error) from error


def _no_role(error: Exception) -> AccountError:
    return AccountError(f"the role {ROLE} cannot be made ({error}): name one with --role ARN")


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


def remove_left(server: TriedServer, *, of_this_run: bool = False) -> list[str]:
    """Remove what earlier runs left because they were killed, or only what this run left.

    Return the names. Another run in the account may be under way.
    """
    begin = server.name("") if of_this_run else f"{PREFIX}-"
    api, sqs, logs = (server.client(service) for service in ("lambda", "sqs", "logs"))
    return [
        *_left(_functions(api, begin), lambda name: _remove_function(api, name)),
        *_left(_queues(sqs, begin), lambda url: sqs.delete_queue(QueueUrl=url)),
        *_left(_log_groups(logs, begin), lambda name: logs.delete_log_group(logGroupName=name)),
    ]


def _left(names: Iterator[str], remove: Callable[[str], Any]) -> Iterator[str]:
    for name in list(names):
        with contextlib.suppress(ClientError, BotoCoreError):
            remove(name)
            yield name


def _functions(api: Any, begin: str) -> Iterator[str]:
    for page in api.get_paginator("list_functions").paginate():
        names = [function["FunctionName"] for function in page["Functions"]]
        yield from (name for name in names if name.startswith(begin))


def _remove_function(api: Any, name: str) -> None:
    """Remove a function and its mappings, which would outlive it."""
    for mapping in api.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]:
        with contextlib.suppress(ClientError):
            api.delete_event_source_mapping(UUID=mapping["UUID"])
    api.delete_function(FunctionName=name)


def _queues(sqs: Any, begin: str) -> Iterator[str]:
    for page in sqs.get_paginator("list_queues").paginate(QueueNamePrefix=begin):
        yield from (url for url in page.get("QueueUrls", []) if url.rpartition("/")[2].startswith(begin))


def _log_groups(logs: Any, begin: str) -> Iterator[str]:
    begin = f"/aws/lambda/{begin}"
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=begin):
        names = [group["logGroupName"] for group in page["logGroups"]]
        yield from (name for name in names if name.startswith(begin))
