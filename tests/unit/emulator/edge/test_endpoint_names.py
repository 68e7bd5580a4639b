"""AWS's endpoint names, compared with all that botocore knows."""

from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from emulator.aws.endpoint_names import is_endpoint


def endpoints(service: str) -> set[str]:
    session, found = Session(), set()
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    for partition in session.get_available_partitions():
        for region in session.get_available_regions(service, partition):
            for options in ({}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True}):
                try:
                    client = session.create_client(service, region, config=Config(**options), **keys)
                except BotoCoreError:  # this partition has no such endpoint
                    continue
                found.add(urlsplit(client.meta.endpoint_url).hostname)
    return found


@pytest.mark.parametrize("service", ["sqs", "lambda"])
def test_every_endpoint_that_botocore_knows_is_one(service: str) -> None:
    known = endpoints(service)
    assert len(known) > 60
    assert [name for name in sorted(known) if not is_endpoint(name)] == []


@pytest.mark.parametrize(
    "name",
    [
        "queue.amazonaws.com",  # how botocore named SQS in us-east-1 until 1.29
        "eu-west-1.queue.amazonaws.com",
        "cn-north-1.queue.amazonaws.com.cn",
        "123456789012.sqs.us-east-1.amazonaws.com",
        "abcdefghij.lambda-url.us-east-1.on.aws",
    ],
)
def test_older_names_and_those_of_accounts_and_urls(name: str) -> None:
    assert is_endpoint(name)


@pytest.mark.parametrize(
    "name",
    [
        "amazonaws.com",
        "us-east-1.amazonaws.com",
        "s3.us-east-1.amazonaws.com",
        "sqs.s3.amazonaws.com",
        "sqs.us-east-1.s3.amazonaws.com",
        "ec2-1-2-3-4.compute-1.amazonaws.com",
        "evil.sqs.us-east-1.amazonaws.com",
        "sqs.us-east-1.amazonaws.com.evil.example",
        "sqs.us-east-1.amazonaws.evil.example",
        "lambda-url.us-east-1.on.aws",
        "a.lambda-url.us-east-1.on.aws.evil.example",
        "evil.example",
        "",
    ],
)
def test_other_names_are_none(name: str) -> None:
    assert not is_endpoint(name)
