"""Signature Version 4 beside AWS's published vectors (aws-sig-v4-test-suite) and botocore."""

from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from services.request_signature import Credentials, Signer

KEY = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
MOMENT = "20150830T123600Z"
SIGNER = Signer(Credentials(*KEY), "us-east-1", "service")
HOST = {"Host": "example.amazonaws.com"}


def signature(headers: dict[str, str]) -> str:
    return headers["Authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [  # post-vanilla, post-x-www-form-urlencoded
        ({}, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            {"Content-Type": "application/x-www-form-urlencoded"},
            b"Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
)
def test_aws_published_vectors(headers, body, expected):
    assert signature(SIGNER.signed("/", {**HOST, **headers}, body, MOMENT)) == expected


@pytest.mark.parametrize("token", ["", "a/session+token=="])
@pytest.mark.parametrize("body", [b"", '{"MessageBody":"Grüße"}'.encode(), bytes(range(256)) * 4000])
def test_botocore_signs_alike(monkeypatch, token, body):
    headers = {
        "Host": "sqs.eu-central-1.amazonaws.com",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "AmazonSQS.SendMessage",
    }
    moment = datetime(2026, 11, 27, 15, 59, 1, tzinfo=UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment)
    request = AWSRequest("POST", f"https://{headers['Host']}/", headers=headers, data=body)
    SigV4Auth(BotocoreCredentials(*KEY, token or None), "sqs", "eu-central-1").add_auth(request)
    ours = Signer(Credentials(*KEY, token), "eu-central-1", "sqs").signed("/", headers, body, "20261127T155901Z")
    assert ours["Authorization"] == request.headers["Authorization"]
    assert ours.get("X-Amz-Security-Token") == request.headers.get("X-Amz-Security-Token")


def test_credentials_are_lambdas_variables():
    variables = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c", "HOME": "/"}
    assert Credentials.of(variables) == Credentials("a", "b", "c")
    assert Credentials.of({}) == Credentials("", "")
    assert "b" not in repr(Credentials("a", "b")).replace("Credentials", "")
