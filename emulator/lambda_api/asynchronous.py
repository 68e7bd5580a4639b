"""Event invocations: accepted at once, made later, retried after failures, with a record to a queue at the end."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.aws.error_types import FUNCTION_ERROR
from emulator.aws.identifiers import LATEST, timestamp
from emulator.invocation import Invocation, Invoker, Outcome, OutcomeKind
from emulator.json_text import read_json
from emulator.lambda_api.destinations import Delivery, EndMessage
from emulator.queues import Queues
from emulator.resources import EventInvokeConfig, Function

log = logging.getLogger(__name__)

DEAD_LETTER_REASON_CHARACTERS = 1_000  #: Lambda sends the first kilobyte of a failure's message
#: pause between attempts of a throttled event; on AWS it grows from 1 s to 5 minutes. Throttles use up no retry
THROTTLE_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(slots=True)
class Asynchronous:
    """Keeps accepted events until they have ended, in memory only: they are lost when the emulator ends."""

    invoker: Invoker
    delays_s: Sequence[float]  #: before each retry
    configs: Mapping[str, EventInvokeConfig]  #: by function; Lambda's defaults apply to the others
    queues: Queues  #: where records of ended events are sent
    functions: Mapping[str, Function] = field(default_factory=dict)  #: by name; they name their dead-letter queues
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def accept(self, invocation: Invocation, function_arn: str) -> None:
        """Accept an event; the caller does not wait for it."""
        task = asyncio.ensure_future(self._run(invocation, function_arn))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Stop retrying: events that wait for a retry are dropped, with an error in the log."""
        self._stopping.set()

    async def drain(self) -> None:
        """Wait for the end of the calls in flight."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _run(self, invocation: Invocation, function_arn: str) -> None:
        """Invoke the function until it succeeds or no retry is left, always with the same request id, like AWS."""
        config = self.configs.get(invocation.function, EventInvokeConfig(invocation.function))
        delays = iter(self.delays_s[: config.maximum_retries])
        end = time.monotonic() + config.maximum_age_s
        tries = 0
        while True:
            outcome = await self._try(invocation, end)
            tries += outcome.kind is not OutcomeKind.THROTTLED
            if outcome.kind is OutcomeKind.SUCCESS:
                await self._send_record(config.on_success, record(invocation, function_arn, outcome, "Success", tries))
                return
            delay = next(delays, None)
            why = outcome.reason or outcome.kind.value
            failure = f"{invocation.function}: an Event invocation failed ({why}, RequestId {invocation.request_id})"
            expired = outcome.kind is OutcomeKind.THROTTLED or time.monotonic() >= end
            if delay is None or expired or self._stopping.is_set():
                condition = "EventAgeExceeded" if expired else "RetriesExhausted"
                ended = record(invocation, function_arn, outcome, condition, tries)
                await self._give_up(failure, config.on_failure, dead_letter(invocation, outcome), ended)
                return
            log.warning("%s; again in %g s", failure, delay)
            await self._pause(delay)

    async def _try(self, invocation: Invocation, end: float) -> Outcome:
        """Make one attempt; while it is throttled, repeat it until the event is too old."""
        attempt = 0
        while (outcome := await self.invoker.invoke(invocation)).kind is OutcomeKind.THROTTLED:
            if time.monotonic() >= end or self._stopping.is_set():
                break
            await self._pause(THROTTLE_PAUSES_S[min(attempt, len(THROTTLE_PAUSES_S) - 1)])
            attempt += 1
        return outcome

    async def _give_up(self, failure: str, destination: str, letter: EndMessage, ended: Mapping[str, Any]) -> None:
        """Log a failure, and send the event and the record to the queues that are named for them."""
        function = self.functions.get(letter.function)
        dead_letters = function.dead_letter_queue if function else ""
        receivers = f"; {destination} gets a record" if destination else ""
        receivers += f"; {dead_letters} gets the event" if dead_letters else ""
        log.error("%s; it is dropped%s", failure, receivers)
        await self._send_record(destination, ended)
        if dead_letters:
            await Delivery(self.queues, self._stopping).send(dead_letters, letter)

    async def _send_record(self, queue: str, content: Mapping[str, Any]) -> None:
        if queue:
            await Delivery(self.queues, self._stopping).send(queue, EndMessage.of_record(content))

    async def _pause(self, seconds: float) -> None:
        """Wait, at most until the emulator stops."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def record(invocation: Invocation, function_arn: str, outcome: Outcome, condition: str, tries: int) -> dict[str, Any]:
    """Return the record for a destination (Lambda developer guide, invocation records)."""
    content: dict[str, Any] = {
        "version": "1.0",
        "timestamp": timestamp(time.time()),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": f"{function_arn}:{LATEST}",
            "condition": condition,
            "approximateInvokeCount": tries,
        },
        "requestPayload": _content(invocation.payload),
    }
    if outcome.kind is not OutcomeKind.THROTTLED:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": LATEST}
        if outcome.kind is not OutcomeKind.SUCCESS:
            context["functionError"] = FUNCTION_ERROR
        content |= {"responseContext": context, "responsePayload": _content(outcome.payload or b"null")}
    return content


def dead_letter(invocation: Invocation, outcome: Outcome) -> EndMessage:
    """Return the event for a dead-letter queue, with Lambda's three attributes (guide, dead-letter queues)."""
    status = 429 if outcome.kind is OutcomeKind.THROTTLED else 200
    said = _content(outcome.payload or b"null")
    message = said.get("errorMessage") if isinstance(said, dict) else None
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": invocation.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": str(status)},
        "ErrorMessage": {
            "DataType": "String",
            "StringValue": str(message or outcome.reason or outcome.kind.value)[:DEAD_LETTER_REASON_CHARACTERS],
        },
    }
    event = invocation.payload.decode("utf-8", "replace")
    return EndMessage(
        event, "the event", invocation.function, invocation.request_id, f"{len(event):,} characters", attributes
    )


def _content(payload: bytes) -> Any:
    """Parse a payload; text that is not JSON is returned as it is."""
    try:
        return read_json(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")
