"""Stops recursive loops, in which a function's output becomes its input again (ES-47)."""

import logging
from collections.abc import Sequence

from emulator.aws.limits import RECURSIONS
from emulator.aws.trace_header import lineage_count
from emulator.event_source.batching import ReceivedMessage

log = logging.getLogger(__name__)

RECURSIVE_LOOP = (
    "%s: message %s went through %s %d times in a recursive loop, and the function is not called: send its output to"
    " a different queue (or send no AWSTraceHeader if the loop is intended)"
)


def split_recursive(
    batch: Sequence[ReceivedMessage], *, queue: str, function: str
) -> tuple[list[ReceivedMessage], list[ReceivedMessage]]:
    """Split a batch into messages to process and messages that went through this function too often."""
    recursive = [message for message in batch if lineage_count(message.trace_header, function) >= RECURSIONS]
    for message in recursive:
        log.error(RECURSIVE_LOOP, queue, message.id, function, lineage_count(message.trace_header, function))
    return [message for message in batch if message not in recursive], recursive
