"""Messages in a recursive loop: a function whose output comes back to it as its input (ES-47)."""

import logging
from collections.abc import Sequence

from emulator.aws.limits import RECURSIONS
from emulator.aws.trace_header import lineage_count
from emulator.event_source.batching import ReceivedMessage

log = logging.getLogger(__name__)

CIRCLING = (
    "%s: message %s went through %s %d times in a recursive loop and is not passed on: send the function's output to"
    " another queue than its own (or set no AWSTraceHeader where the loop is meant)"
)


def without_circling(
    batch: Sequence[ReceivedMessage], *, queue: str, function: str
) -> tuple[list[ReceivedMessage], list[ReceivedMessage]]:
    """Part a batch into what to process and what this function's own invocations led to too often."""
    circling = [one for one in batch if lineage_count(one.trace_header, function) >= RECURSIONS]
    for one in circling:
        log.error(CIRCLING, queue, one.id, function, lineage_count(one.trace_header, function))
    return [one for one in batch if one not in circling], circling
