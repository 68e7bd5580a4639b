"""AddPermission and RemovePermission change a queue's policy. The emulator keeps policies but does not enforce them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.aws.arns import account_root
from emulator.aws.limits import ACTIONS_PER_PERMISSION, LABEL_CHARACTERS, PERMISSIONS
from emulator.queues.embedded.errors import SqsError, invalid_value
from emulator.queues.embedded.message_queue import MessageQueue
from emulator.queues.embedded.queue_account import QueueAccount
from emulator.queues.embedded.queue_attributes import POLICY

_LABEL = re.compile(rf"[A-Za-z0-9_-]{{1,{LABEL_CHARACTERS}}}")
_ACCOUNT = re.compile(r"\d{12}")

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PermissionOperations:
    """The operations, named as in botocore's model. Each takes its parameters and the current time."""

    account: QueueAccount

    def AddPermission(self, parameters: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Add a statement to a queue's policy; create the policy if there is none."""
        queue, label = self.account.queue(parameters["QueueUrl"]), parameters["Label"]
        statements = _statements(queue)
        if not _LABEL.fullmatch(label):
            reason = f"1 to {LABEL_CHARACTERS} alphanumeric characters, hyphens and underscores."
            raise invalid_value("Label", label, reason)
        if any(statement.get("Sid") == label for statement in statements):
            raise invalid_value("Label", label, "Already exists.")
        if len(statements) >= PERMISSIONS:
            raise SqsError("OverLimit", f"{PERMISSIONS} statements is the most that a queue's policy has.")
        added = self._statement(queue, parameters)
        self._set(queue, [*statements, added], now)
        return {}

    def RemovePermission(self, parameters: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Remove a statement; remove the policy with its last statement."""
        queue, label = self.account.queue(parameters["QueueUrl"]), parameters["Label"]
        statements = _statements(queue)
        kept = [statement for statement in statements if statement.get("Sid") != label]
        if len(kept) == len(statements):
            raise invalid_value("Label", label, "can't find label.")
        self._set(queue, kept, now)
        return {}

    def _statement(self, queue: MessageQueue, parameters: Mapping[str, Any]) -> Statement:
        actions: Sequence[str] = parameters["Actions"]
        if len(actions) > ACTIONS_PER_PERMISSION:
            problem = f"{len(actions)} Actions were found, maximum allowed is {ACTIONS_PER_PERMISSION}."
            raise SqsError("OverLimit", problem)
        for account in parameters["AWSAccountIds"]:
            if not _ACCOUNT.fullmatch(account):
                raise invalid_value("PrincipalId", account, "Unable to verify.")
        return {
            "Sid": parameters["Label"],
            "Effect": "Allow",
            "Principal": {"AWS": _one_or_all([account_root(account) for account in parameters["AWSAccountIds"]])},
            "Action": _one_or_all([f"SQS:{action}" for action in actions]),
            "Resource": self.account.arn(queue),
        }

    def _set(self, queue: MessageQueue, statements: Sequence[Statement], now: float) -> None:
        policy = {
            "Version": "2008-10-17",
            "Id": f"{self.account.arn(queue)}/SQSDefaultPolicy",
            **_policy(queue),
            "Statement": list(statements),
        }
        text = json.dumps(policy, separators=(",", ":")) if statements else ""
        queue.attributes = queue.attributes.changed({POLICY: text})
        queue.modified_at = now
        self.account.note(queue)


def _policy(queue: MessageQueue) -> Mapping[str, Any]:
    """Return a queue's policy; an empty policy if it has none or cannot be read."""
    try:
        policy = json.loads(queue.attributes.text(POLICY) or "{}")
    except ValueError:
        return {}
    return policy if isinstance(policy, dict) else {}


def _statements(queue: MessageQueue) -> list[Statement]:
    found = _policy(queue).get("Statement") or []
    return list(found) if isinstance(found, list) else [found]


def _one_or_all(texts: Sequence[str]) -> str | Sequence[str]:
    return texts[0] if len(texts) == 1 else texts
