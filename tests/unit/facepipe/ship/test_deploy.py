"""Changes that fail: moto carries out every change, so CloudFormation's own part is played by a script here."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from facepipe.ship.deploy import _outcome
from facepipe.ship.problems import ShipError
from facepipe.ship.stacks import Stacks


class Scripted:
    """CloudFormation for one stack: each look finds the next of the states, the last one for ever."""

    def __init__(self, *states: str, change_set: tuple[str, ...] = ("CREATE_COMPLETE",), reason: str = "") -> None:
        self.states = list(states)
        self.change_set, self.reason = list(change_set), reason
        self.deleted: list[str] = []
        self.events: list[dict[str, str]] = []

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803  # as boto3 names it
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state == "GONE":
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        event = {"EventId": str(len(self.events)), "ResourceStatus": state, "LogicalResourceId": "DetectionFunction"}
        self.events.insert(0, {**event, "ResourceStatusReason": "no such image"})
        return {"Stacks": [{"StackStatus": state, "Outputs": []}]}

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        return {"StackEvents": self.events}

    def create_change_set(self, **_: Any) -> None:
        pass

    def describe_change_set(self, **_: Any) -> dict[str, Any]:
        status = self.change_set.pop(0) if len(self.change_set) > 1 else self.change_set[0]
        return {"Status": status, "StatusReason": self.reason, "Changes": []}

    def execute_change_set(self, **_: Any) -> None:
        pass

    def delete_change_set(self, **_: Any) -> None:
        self.deleted.append("change set")

    def delete_stack(self, StackName: str) -> None:  # noqa: N803
        self.deleted.append("stack")
        self.states = ["DELETE_IN_PROGRESS", "GONE"]


def stacks(client: Scripted) -> Stacks:
    return Stacks(client, pause=lambda _: None)


def test_progress_is_told_until_the_stack_has_settled() -> None:
    client = Scripted("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE")
    lines = list(stacks(client).carry_out("s", "c"))
    assert [line.split()[0] for line in lines] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def test_the_reason_of_a_failure_is_told() -> None:
    (line,) = stacks(Scripted("CREATE_FAILED")).carry_out("s", "c")
    assert line.split() == ["CREATE_FAILED", "DetectionFunction:", "no", "such", "image"]


def test_a_first_deployment_that_fails_leaves_nothing() -> None:
    client = Scripted("ROLLBACK_COMPLETE")
    with pytest.raises(ShipError, match="nothing of it is left"):
        _outcome(stacks(client), "s", lambda _: None, fresh=True)
    assert client.deleted == ["stack"]


def test_a_first_deployment_that_cannot_even_be_removed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Scripted("ROLLBACK_FAILED")
    monkeypatch.setattr(client, "delete_stack", lambda StackName: client.states.append("DELETE_FAILED"))  # noqa: N803
    with pytest.raises(ShipError, match="is in DELETE_FAILED: facepipe deploy --destroy"):
        _outcome(stacks(client), "s", lambda _: None, fresh=True)


def test_an_update_that_fails_leaves_what_ran_before() -> None:
    client = Scripted("UPDATE_ROLLBACK_COMPLETE")
    with pytest.raises(ShipError, match="what ran before runs on, by its digests"):
        _outcome(stacks(client), "s", lambda _: None, fresh=False)
    assert client.deleted == []


def test_a_change_set_that_is_refused_is_taken_back_with_its_reason() -> None:
    client = Scripted("GONE", change_set=("CREATE_PENDING", "CREATE_IN_PROGRESS", "FAILED"), reason="no such type")
    with pytest.raises(ShipError, match="refuses the template or its parameters: no such type"):
        stacks(client).propose("s", "body", {})
    assert client.deleted == ["change set", "stack"]


def test_a_change_set_without_changes_is_taken_back_and_the_stack_stays() -> None:
    client = Scripted(
        "CREATE_COMPLETE", change_set=("FAILED",), reason="The submitted information didn't contain changes."
    )
    assert stacks(client).propose("s", "body", {}) is None
    assert client.deleted == ["change set"]
