"""Redrive policies (where dead letters go) and redrive allow policies (which queues may send theirs)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from emulator.aws.arns import resource_name
from emulator.aws.limits import MAX_RECEIVE_COUNT, SOURCE_QUEUES
from emulator.queues.embedded.errors import invalid_value
from emulator.queues.embedded.queue_attributes import REDRIVE_ALLOW, QueueAttributes
from emulator.resources.queue import RECEIVES, REDRIVE, TARGET

PERMISSION, SOURCES = "redrivePermission", "sourceQueueArns"
ALLOW_ALL, DENY_ALL, BY_QUEUE = "allowAll", "denyAll", "byQueue"


@dataclass(frozen=True, slots=True)
class Redrive:
    """A queue's redrive policy."""

    target: str  #: name of the dead-letter queue
    max_receive_count: int

    @classmethod
    def read(cls, attributes: QueueAttributes) -> "Redrive | None":
        """Return a queue's redrive policy; None if it has none."""
        text = attributes.values.get(REDRIVE)
        return _parse(text) if text else None


@lru_cache(maxsize=1_000)
def _parse(text: str) -> Redrive:
    policy = json.loads(text)
    return Redrive(resource_name(str(policy[TARGET])), int(policy[RECEIVES]))


def check_redrive(text: str) -> str:
    """Return the name of the queue that a redrive policy names. Raises `SqsError` if the policy is invalid."""
    policy = _read_map(REDRIVE, "Redrive policy", text)
    for key in (TARGET, RECEIVES):
        if key not in policy:
            raise invalid_value(REDRIVE, text, f"Redrive policy does not contain mandatory attribute: {key}.")
    for key in policy:
        if key not in (TARGET, RECEIVES):
            raise invalid_value(REDRIVE, text, f"Redrive policy contains an unknown attribute: {key}.")
    count = str(policy[RECEIVES])
    if not count.isdecimal() or not MAX_RECEIVE_COUNT.low <= int(count) <= MAX_RECEIVE_COUNT.high:
        both = f"valid values are from {MAX_RECEIVE_COUNT.low} to {MAX_RECEIVE_COUNT.high} both inclusive"
        raise invalid_value(REDRIVE, text, f"Invalid value for maxReceiveCount: {count}, {both}.")
    return resource_name(str(policy[TARGET]))


def check_allow_policy(text: str) -> None:
    """Raise `SqsError` for a redrive allow policy that SQS refuses."""
    policy = _read_map(REDRIVE_ALLOW, "RedriveAllowPolicy", text)
    permission, sources = policy.get(PERMISSION), policy.get(SOURCES)
    if permission not in (ALLOW_ALL, DENY_ALL, BY_QUEUE) or set(policy) - {PERMISSION, SOURCES}:
        reason = f"{PERMISSION} has to be one of {ALLOW_ALL}, {DENY_ALL}, {BY_QUEUE}."
    elif permission != BY_QUEUE:
        reason = f"{SOURCES} goes with {BY_QUEUE} only." if sources else ""
    elif not isinstance(sources, list) or not 0 < len(sources) <= SOURCE_QUEUES:
        reason = f"{SOURCES} has to be a list of 1 to {SOURCE_QUEUES} ARNs."
    else:
        reason = ""
    if reason:
        raise invalid_value(REDRIVE_ALLOW, text, reason)


def allows(target: QueueAttributes, source_arn: str) -> bool:
    """Return whether a dead-letter queue accepts the dead letters of a source queue."""
    text = target.values.get(REDRIVE_ALLOW)
    if not text:
        return True
    policy = json.loads(text)
    allowed: Sequence[str] = policy.get(SOURCES) or ()
    return policy[PERMISSION] == ALLOW_ALL or (policy[PERMISSION] == BY_QUEUE and source_arn in allowed)


def _read_map(name: str, called: str, text: str) -> dict[str, Any]:
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise invalid_value(name, text, f"{called} is not a valid JSON map.")
    return policy
