"""Batch operations: checks a batch as a whole; each of its entries then succeeds or fails by itself."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.aws.limits import LABEL_CHARACTERS, MESSAGES_PER_CALL
from emulator.queues.embedded.errors import SqsError

_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{LABEL_CHARACTERS}}}")

Entry = Mapping[str, Any]


def read_entries(parameters: Mapping[str, Any]) -> Sequence[Entry]:
    """Return the entries of a batch. Raises `SqsError` if SQS refuses the whole batch."""
    entries: Sequence[Entry] = parameters.get("Entries") or ()
    if not entries:
        raise SqsError("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(entries) > MESSAGES_PER_CALL:
        problem = f"Maximum number of entries per request are {MESSAGES_PER_CALL}. You have sent {len(entries)}."
        raise SqsError("TooManyEntriesInBatchRequest", problem)
    ids = [str(entry["Id"]) for entry in entries]
    if not all(_ID.fullmatch(entry_id) for entry_id in ids):
        raise SqsError(
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most"
            f" {LABEL_CHARACTERS} letters long.",
        )
    for position, entry_id in enumerate(ids):
        if entry_id in ids[:position]:
            raise SqsError("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")
    return entries


def apply_each(entries: Sequence[Entry], apply: Callable[[Entry], Mapping[str, Any]]) -> dict[str, Any]:
    """Apply an operation to each entry; return the answer of the batch operation."""
    successful: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **apply(entry)})
        except SqsError as error:
            failed.append(
                {
                    "Id": entry["Id"],
                    "SenderFault": error.sender_fault,
                    "Code": error.code,
                    "Message": error.message,
                }
            )
    answer: dict[str, Any] = {}
    if successful:
        answer["Successful"] = successful
    if failed:
        answer["Failed"] = failed
    return answer
