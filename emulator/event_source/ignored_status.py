"""Reports a mistake: a function that answers a batch as if it were a request, with an HTTP status for its failure.

Lambda does not look at `statusCode` in the answer to a batch: the call has succeeded, and the messages are deleted.
"""

import logging
from collections.abc import Sequence

from emulator.event_source.settle import SettlePlan
from emulator.events import Emit, StatusIgnored
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.json_text import read_json

log = logging.getLogger(__name__)

FAILED_STATUS = 400
MOST_BYTES = 65_536  #: longer answers are no mere status, and are not read
STATUS_IGNORED = (
    "%s: %s returned statusCode %d, which Lambda ignores for a batch: %d messages are deleted as processed;"
    " raise an exception, or report batchItemFailures (RequestId %s)"
)


def report_ignored_status(
    outcome: Outcome, plan: SettlePlan, *, queue: str, invocation: Invocation, emit: Emit
) -> None:
    """Log and report a status of 400 or more in the answer to a batch whose messages are deleted."""
    status = failure_status(outcome)
    deleted: Sequence[str] = plan.delete
    if status is None or not deleted:
        return
    log.warning(STATUS_IGNORED, queue, invocation.function, status, len(deleted), invocation.request_id)
    emit(StatusIgnored(invocation.function, status, len(deleted)))


def failure_status(outcome: Outcome) -> int | None:
    """Return the status of 400 or more in a successful call's answer; None if it has none."""
    if outcome.kind is not OutcomeKind.SUCCESS or not 0 < len(outcome.payload) <= MOST_BYTES:
        return None
    try:
        answer = read_json(outcome.payload)
    except ValueError:
        return None
    status = answer.get("statusCode") if isinstance(answer, dict) else None
    return status if isinstance(status, int) and not isinstance(status, bool) and status >= FAILED_STATUS else None
