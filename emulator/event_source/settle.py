"""Decides by an invocation's outcome which messages of its batch to delete: the table of ES-20 to ES-27."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from emulator.invocation import Outcome, OutcomeKind
from emulator.json_text import read_json


class Verdict(Enum):
    """The result of a batch."""

    SUCCEEDED = "succeeded"
    PARTLY_FAILED = "partly failed"
    FAILED = "failed"
    THROTTLED = "throttled"  #: the function was not called; the same batch may be tried again (ES-22)


@dataclass(frozen=True, slots=True)
class SettlePlan:
    """Which messages to delete; all others become visible again when their visibility timeout ends (fact 8)."""

    verdict: Verdict
    delete: tuple[str, ...] = ()  #: message ids
    reason: str = ""  #: why the others are not deleted, for the log


def settle(outcome: Outcome, message_ids: Sequence[str], *, report_batch_item_failures: bool) -> SettlePlan:
    """Decide for one batch."""
    if outcome.kind in (OutcomeKind.THROTTLED, OutcomeKind.NOT_STARTED):
        return SettlePlan(Verdict.THROTTLED, reason=outcome.reason)
    if outcome.kind is not OutcomeKind.SUCCESS:  # ES-21, ES-26
        return SettlePlan(Verdict.FAILED, reason=outcome.reason)
    if not report_batch_item_failures:  # ES-20: whatever the function returned
        return SettlePlan(Verdict.SUCCEEDED, tuple(message_ids))
    try:
        failed = _failed_ids(outcome.payload)
        unknown = failed - set(message_ids)
        if unknown:
            raise ValueError(f"{min(unknown)!r} is not a message of this batch")
    except ValueError as error:  # ES-25
        return SettlePlan(Verdict.FAILED, reason=f"the function's batchItemFailures cannot be used: {error}")
    if not failed:  # ES-23
        return SettlePlan(Verdict.SUCCEEDED, tuple(message_ids))
    done = tuple(message_id for message_id in message_ids if message_id not in failed)
    return SettlePlan(
        Verdict.PARTLY_FAILED, done, f"the function reported {len(failed)} of {len(message_ids)} as failed"
    )


def _failed_ids(payload: bytes) -> set[str]:
    """Return the reported ids; `ValueError` for a response that AWS treats as failure of the whole batch (ES-25)."""
    response: Any = read_json(payload) if payload.strip() else None
    if response is None:
        return set()
    if not isinstance(response, dict):
        raise ValueError("the response is not an object")  # one error for all malformed answers
    items = response.get("batchItemFailures")
    if items is None:
        return set()
    if not isinstance(items, list):
        raise ValueError("batchItemFailures is not a list")
    identifiers = set()
    for item in items:
        identifier = item.get("itemIdentifier") if isinstance(item, dict) else None
        if not isinstance(identifier, str) or not identifier:
            raise ValueError(f"{json.dumps(item)[:100]} has no itemIdentifier")
        identifiers.add(identifier)
    return identifiers
