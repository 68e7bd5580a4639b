"""One invocation, as it is offered to the runtime of an environment, and how it ended."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.supervisor.http1 import Request, Response
from emulator.supervisor.runtime_answers import PAYLOAD_BYTES, TOO_LARGE, accepted, error, refusal

REQUEST_ID = "Lambda-Runtime-Aws-Request-Id"
INVOCATION_ID = "Lambda-Runtime-Invocation-Id"  #: names one attempt; a runtime that knows it sends it back (RT-13)


@dataclass(frozen=True)
class InvocationResult:
    """How a call ended; `outcome` is a value of `OutcomeKind` in invocation.py."""

    outcome: str
    payload: bytes
    duration_ms: float = 0.0


class OfferedInvocation:
    """One invocation, which is offered to the runtime, handed to it and answered by it."""

    def __init__(self, headers: Mapping[str, str], payload: bytes) -> None:
        self.attempt = str(uuid.uuid4())
        self.headers = {**headers, INVOCATION_ID: self.attempt}
        self.payload = payload
        self.request_id = headers[REQUEST_ID]
        self.started = time.monotonic()
        self.handed = False
        self.unread = False
        self.answer: asyncio.Future[InvocationResult] = asyncio.get_running_loop().create_future()

    def was_not_read(self) -> None:
        """Note that the runtime ended before it had read the call."""
        self.unread = True

    def is_named(self, request_id: str, headers: Mapping[str, str]) -> bool:
        """Return whether an answer with this id and these headers is the one to this call, which has been handed out.

        A runtime that is older sends no id of the attempt.
        """
        attempt = headers.get(INVOCATION_ID.lower(), self.attempt)
        return self.handed and (request_id, attempt) == (self.request_id, self.attempt)

    def take_answer(self, what: str, request: Request) -> Response:
        """Take the answer that a request has in its body; `what` is `response` or `error`, the end of its path."""
        if request.too_large:
            self.end("response too large", error("Function.ResponseSizeTooLarge", TOO_LARGE))
            most = f"Exceeded maximum allowed payload size ({PAYLOAD_BYTES} bytes)."
            return refusal(413, "RequestEntityTooLarge", most)
        self.end("function error" if what == "error" else "success", request.body)
        return accepted()

    def end(self, outcome: str, payload: bytes) -> None:
        """Take the answer; only the first one counts."""
        if not self.answer.done():
            self.answer.set_result(InvocationResult(outcome, payload, (time.monotonic() - self.started) * 1000))

    @property
    def event(self) -> Mapping[str, Any]:
        """The event about the call that extensions get."""
        return {
            "deadlineMs": int(self.headers.get("Lambda-Runtime-Deadline-Ms", "0")),
            "requestId": self.request_id,
            "invokedFunctionArn": self.headers.get("Lambda-Runtime-Invoked-Function-Arn", ""),
            "tracing": {"type": "X-Amzn-Trace-Id", "value": self.headers.get("Lambda-Runtime-Trace-Id", "")},
        }
