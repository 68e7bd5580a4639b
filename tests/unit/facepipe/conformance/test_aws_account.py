"""A run on AWS first says what it will create, and what it has created can be removed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from facepipe.conformance.aws_account import ROLE, AccountError, cost, remove_left, role_of, who_asks
from facepipe.conformance.tried_server import TriedServer


class Client:
    """A client of any service, which tells what it was asked."""

    def __init__(self, pages: dict[str, list[dict[str, Any]]] | None = None, *, refuses: str = "") -> None:
        self.pages, self.refuses = pages or {}, refuses
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> dict[str, Any]:
            self.asked.append((operation, request))
            if operation == self.refuses:
                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)
            return {"Account": "123456789012", "Role": {"Arn": "arn:role"}, "EventSourceMappings": [{"UUID": "u"}]}

        return call

    def get_paginator(self, operation: str) -> Any:
        pages = self.pages[operation]

        class Paginator:
            def paginate(self, **_: Any) -> list[dict[str, Any]]:
                return pages

        return Paginator()


def test_the_cost_names_the_account_and_the_role() -> None:
    told = cost("123456789012", "eu-west-1")
    for text in ("123456789012", "eu-west-1", "USD", ROLE, "facepipe-conformance", "open to the internet"):
        assert text in told


def test_without_credentials_the_error_says_what_to_do() -> None:
    assert who_asks(Client()) == "123456789012"
    with pytest.raises(AccountError, match="set AWS_PROFILE, or log in"):
        who_asks(Client(refuses="get_caller_identity"))


def test_a_role_is_made_and_removed_unless_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facepipe.conformance.aws_account.SETTLE_S", 0)
    iam = Client()
    with role_of(iam, "", "123456789012") as arn:
        assert arn == "arn:role"
    operations = [operation for operation, _ in iam.asked]
    assert operations == ["create_role", "put_role_policy", "delete_role_policy", "delete_role"]
    assert all(request["RoleName"] == ROLE for _, request in iam.asked)
    given = Client()
    with role_of(given, "arn:own", "123456789012") as arn:
        assert arn == "arn:own"
    assert given.asked == []


def test_who_may_not_make_a_role_is_told_to_name_one() -> None:
    with pytest.raises(AccountError, match="name one with --role ARN"), role_of(Client(refuses="create_role"), "", "1"):
        pass


def test_only_what_has_the_suites_names_is_removed() -> None:
    ours, other = "facepipe-conformance-ab-001", "somebody-elses"
    functions = Client({"list_functions": [{"Functions": [{"FunctionName": ours}, {"FunctionName": other}]}]})
    queues = Client({"list_queues": [{"QueueUrls": [f"https://sqs/1/{ours}-q"]}, {}]})
    logs = Client({"describe_log_groups": [{"logGroups": [{"logGroupName": f"/aws/lambda/{ours}"}]}]})
    clients = {"lambda": functions, "sqs": queues, "logs": logs}
    removed = remove_left(TriedServer("", "role", "1", "ab", clients=clients))
    assert removed == [ours, f"https://sqs/1/{ours}-q", f"/aws/lambda/{ours}"]
    assert [operation for operation, _ in functions.asked] == [
        "list_event_source_mappings",
        "delete_event_source_mapping",
        "delete_function",
    ]


def test_a_name_that_only_begins_like_the_suites_is_left_alone() -> None:
    others = ["facepipe-conformances", "facepipe-conformance2-a", "facepipe-conformance"]
    functions = Client({"list_functions": [{"Functions": [{"FunctionName": name} for name in others]}]})
    queues = Client({"list_queues": [{"QueueUrls": [f"https://sqs/1/{name}" for name in others]}]})
    groups = [{"logGroupName": f"/aws/lambda/{name}"} for name in others]
    logs = Client({"describe_log_groups": [{"logGroups": groups}]})
    clients = {"lambda": functions, "sqs": queues, "logs": logs}
    assert remove_left(TriedServer("", "role", "1", "ab", clients=clients)) == []
    assert functions.asked + queues.asked + logs.asked == []


def test_the_end_of_a_run_removes_nothing_of_another_run_of_the_account() -> None:
    ours, theirs = "facepipe-conformance-ab12-001", "facepipe-conformance-cd34-001"
    functions = Client({"list_functions": [{"Functions": [{"FunctionName": name} for name in (ours, theirs)]}]})
    queues = Client({"list_queues": [{"QueueUrls": [f"https://sqs/1/{name}" for name in (ours, theirs)]}]})
    groups = [{"logGroupName": f"/aws/lambda/{name}"} for name in (ours, theirs)]
    logs = Client({"describe_log_groups": [{"logGroups": groups}]})
    clients = {"lambda": functions, "sqs": queues, "logs": logs}
    server = TriedServer("", "role", "1", "ab12", clients=clients)
    assert remove_left(server, of_this_run=True) == [ours, f"https://sqs/1/{ours}", f"/aws/lambda/{ours}"]
    assert len(remove_left(server)) == 6, "--remove takes what any earlier run left"


def test_a_role_that_cannot_get_its_policy_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    iam = Client(refuses="put_role_policy")
    with pytest.raises(AccountError, match="name one with --role ARN"), role_of(iam, "", "1"):
        pass
    assert iam.asked[-1] == ("delete_role", {"RoleName": ROLE})


def test_a_role_that_was_there_is_not_removed() -> None:
    iam = Client(refuses="create_role")
    with pytest.raises(AccountError), role_of(iam, "", "1"):
        pass
    assert [operation for operation, _ in iam.asked] == ["create_role"]
