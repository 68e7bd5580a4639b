"""A queue's attributes as SQS has them, and as a template does."""

import json
from collections.abc import Mapping

from emulator.resources import Queue, RedrivePolicy


def parsed(name: str, attributes: Mapping[str, str]) -> Queue:
    """Return a queue out of what GetQueueAttributes answers."""
    own = {key: value for key, value in attributes.items() if key != "RedrivePolicy"}
    policy = json.loads(attributes.get("RedrivePolicy") or "null")
    if not policy:
        return Queue("", name, own)
    dead_letters = str(policy["deadLetterTargetArn"]).rpartition(":")[2]
    return Queue("", name, own, RedrivePolicy(dead_letters, int(policy["maxReceiveCount"])))


def redrive(policy: RedrivePolicy, target_arn: str) -> str:
    """Return the attribute RedrivePolicy, as SetQueueAttributes takes it."""
    return json.dumps({"deadLetterTargetArn": target_arn, "maxReceiveCount": policy.max_receive_count})


def differing(have: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Return those of the wanted attributes that are not so yet."""
    return {key: value for key, value in wanted.items() if not _same(have.get(key), value)}


def _same(have: str | None, wanted: str) -> bool:
    """Compare attributes; policies as JSON, since servers write numbers in them as numbers or as texts."""
    if have is None or not wanted.startswith("{"):
        return have == wanted
    try:
        left, right = json.loads(have), json.loads(wanted)
    except ValueError:
        return False
    return {key: str(value) for key, value in left.items()} == {key: str(value) for key, value in right.items()}
