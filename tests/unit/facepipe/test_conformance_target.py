"""Which server a conformance run uses."""

from typing import Any

import pytest

from facepipe.conformance.aws_account import AccountError
from facepipe.conformance_target import AWS_PATIENCE, ConformanceTarget, opened_target


class Sts:
    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}


def test_a_peer_is_asked_at_its_url_with_keys_of_no_account() -> None:
    with opened_target(ConformanceTarget("http://127.0.0.1:4566/", "us-east-1", "python3.13"), print) as server:
        assert (server.endpoint, server.account, server.patience) == ("http://127.0.0.1:4566", "000000000000", 1)
        assert server.client("lambda").meta.endpoint_url == "http://127.0.0.1:4566"


def test_aws_is_not_asked_before_somebody_agreed_to_the_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facepipe.conformance_target.boto3.client", lambda *_, **__: Sts())
    target = ConformanceTarget("aws", "eu-west-1", "python3.13")
    with pytest.raises(AccountError, match=r"(?s)123456789012, in eu-west-1.*If you agree: --yes"):
        open_and_close(target)


def test_on_aws_cases_wait_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facepipe.conformance_target.boto3.client", lambda *_, **__: Sts())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    target = ConformanceTarget("aws", "eu-west-1", "python3.13", "arn:role", agreed=True)
    with opened_target(target, print) as server:
        assert (server.is_aws, server.account, server.role, server.patience) == (
            True,
            "123456789012",
            "arn:role",
            AWS_PATIENCE,
        )


def open_and_close(target: ConformanceTarget) -> Any:
    with opened_target(target, print):
        return None


@pytest.mark.parametrize(("against", "kind"), [("", "facepipe"), ("aws", "aws"), ("http://x", "server")])
def test_the_name_of_the_files(against: str, kind: str) -> None:
    assert ConformanceTarget(against, "us-east-1", "python3.13").kind == kind
