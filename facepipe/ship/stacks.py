"""CloudFormation: a change set, what it would change, carrying it out, and what came of it."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from facepipe.ship.problems import ShipError, in_one_line

POLL_S = 2.0
#: roles, also with names of their own, and SAM's transform; the changes are shown before they are carried out
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """A stack as it is."""

    name: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What a change set would do to one resource."""

    action: str  #: Add, Modify or Remove
    logical_id: str
    kind: str
    replacement: bool


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changes that wait to be carried out; none of a resource where only outputs or tags change."""

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Stacks:
    """The stacks of one region."""

    client: Any
    pause: Callable[[float], None] = time.sleep

    def find(self, name: str) -> DeployedStack | None:
        """Return a stack, None where there is none."""
        with in_one_line(f"looking at the stack {name}"):
            try:
                facts = self.client.describe_stacks(StackName=name)["Stacks"][0]
            except ClientError as error:
                if "does not exist" in str(error):
                    return None
                raise
        outputs = {one["OutputKey"]: one["OutputValue"] for one in facts.get("Outputs") or []}
        parameters = {one["ParameterKey"]: one.get("ParameterValue", "") for one in facts.get("Parameters") or []}
        return DeployedStack(name, facts["StackStatus"], outputs, parameters)

    def propose(self, name: str, body: str, parameters: Mapping[str, str]) -> ChangeSet | None:
        """Make a change set; None when there is nothing to change."""
        kind = change_set_type(self.find(name))
        change_set = f"facepipe-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:6]}"
        with in_one_line(f"preparing the changes of {name}"):
            self.client.create_change_set(
                StackName=name,
                ChangeSetName=change_set,
                ChangeSetType=kind,
                TemplateBody=body,
                Capabilities=CAPABILITIES,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
                Tags=[{"Key": "application", "Value": "facepipe"}],
            )
            facts = self._settled(name, change_set)
        if facts["Status"] == "FAILED":
            self.discard(name, change_set, created=kind == "CREATE")
            reason = facts.get("StatusReason", "no reason given")
            if any(words in reason for words in NO_CHANGES):
                return None
            raise ShipError(f"CloudFormation refuses the template or its parameters: {reason}")
        return ChangeSet(change_set, tuple(_change(one["ResourceChange"]) for one in facts["Changes"]))

    def _settled(self, name: str, change_set: str) -> dict[str, Any]:
        while True:
            facts: dict[str, Any] = self.client.describe_change_set(StackName=name, ChangeSetName=change_set)
            if not facts["Status"].endswith(("PENDING", "IN_PROGRESS")):
                return facts
            self.pause(POLL_S)

    def discard(self, name: str, change_set: str, *, created: bool) -> None:
        """Take a change set back, with the empty stack that a first one leaves."""
        with in_one_line(f"taking back the changes of {name}"):
            self.client.delete_change_set(StackName=name, ChangeSetName=change_set)
            if created:
                self.client.delete_stack(StackName=name)

    def carry_out(self, name: str, change_set: str) -> Iterator[str]:
        """Make the changes, yielding a line for each resource, until the stack has settled."""
        seen = self._ids(name)
        with in_one_line(f"changing {name}"):
            self.client.execute_change_set(StackName=name, ChangeSetName=change_set)
        yield from self._follow(name, seen)

    def delete(self, name: str) -> Iterator[str]:
        """Remove a stack, yielding a line for each resource, until it is gone or cannot go."""
        seen = self._ids(name)
        with in_one_line(f"removing {name}"):
            self.client.delete_stack(StackName=name)
        yield from self._follow(name, seen)

    def _follow(self, name: str, seen: set[str]) -> Iterator[str]:
        while True:
            stack = self.find(name)
            for event in reversed(self._events(name)):
                if event["EventId"] not in seen:
                    seen.add(event["EventId"])
                    yield _event_line(event, name)
            if stack is None or not stack.status.endswith("_IN_PROGRESS"):
                return
            self.pause(POLL_S)

    def _ids(self, name: str) -> set[str]:
        return {event["EventId"] for event in self._events(name)}

    def _events(self, name: str) -> list[dict[str, Any]]:
        with in_one_line(f"following {name}"):
            try:
                return list(self.client.describe_stack_events(StackName=name)["StackEvents"])
            except ClientError as error:
                if "does not exist" in str(error):
                    return []
                raise


def change_set_type(stack: DeployedStack | None) -> str:
    """Return how a stack in this state is changed; `ShipError` where it cannot be, with what to do first."""
    if stack is None or stack.status == "REVIEW_IN_PROGRESS":
        return "CREATE"
    if stack.status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"):
        raise ShipError(
            f"the stack {stack.name} is in {stack.status}, from which CloudFormation updates nothing: remove it first,"
            " facepipe deploy --destroy, then deploy again"
        )
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        raise ShipError(
            f"the stack {stack.name} is in UPDATE_ROLLBACK_FAILED: aws cloudformation continue-update-rollback"
            f" --stack-name {stack.name}, then deploy again"
        )
    if stack.status.endswith("_IN_PROGRESS"):
        raise ShipError(f"the stack {stack.name} is being changed ({stack.status}): wait until that is done")
    return "UPDATE"


def _event_line(event: Mapping[str, str], stack: str) -> str:
    reason = f": {event.get('ResourceStatusReason', 'no reason given')}" if "FAILED" in event["ResourceStatus"] else ""
    return f"{event['ResourceStatus']:<22} {event.get('LogicalResourceId', stack)}{reason}"


def _change(facts: Mapping[str, Any]) -> Change:
    replacement = facts.get("Replacement") in ("True", "Conditional")
    return Change(facts["Action"], facts["LogicalResourceId"], facts["ResourceType"], replacement)
