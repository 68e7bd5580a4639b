"""The API's operation Invoke, with the types RequestResponse, Event and DryRun (RT-08)."""

import base64
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from emulator.aws.error_types import (
    CALLER_RATE_EXCEEDED,
    FUNCTION_ERROR,
    RATE_EXCEEDED,
    REQUEST_TOO_LARGE,
    THROTTLED,
    request_too_large,
)
from emulator.aws.identifiers import LATEST, LATEST_PUBLISHED
from emulator.aws.limits import ASYNCHRONOUS_PAYLOAD_BYTES, CLIENT_CONTEXT_BYTES, PAYLOAD_BYTES
from emulator.aws.trace_header import parent_segment_id, usable_header
from emulator.invocation import Invocation, Invoker, Outcome, OutcomeKind
from emulator.json_text import read_json
from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.names import Directory, NamedFunction
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.queues import QueueError
from emulator.queues.embedded.internal_queues import QueuesFullError

Tail = Callable[[str, str], Awaitable[str]]  #: environment, request id → the last 4 KB of the invocation's log

EMPTY = b"{}"  #: the event of an invocation without a payload


@dataclass(frozen=True, slots=True)
class InvokeApi:
    """Makes the invocations that API requests ask for."""

    directory: Directory
    invoker: Invoker
    accept: Callable[[Invocation], Awaitable[None]]  #: keeps an event that is invoked later; raises `QueueError`
    tail: Tail
    serving: Callable[[], bool]  #: whether the emulator has started and is not stopping

    @operation("Qualifier", "InvocationType", "LogType", "ClientContext", "Payload")
    async def invoke(self, request: ApiRequest) -> ApiResponse:
        """Invoke a function now (RequestResponse) or later (Event), or only check the request (DryRun)."""
        if not self.serving():
            raise ApiError(503, "ServiceException", "the emulator is starting or stopping")
        target = self._target(request)
        kind, payload = request.text("InvocationType") or "RequestResponse", request.parameters.get("Payload", b"")
        _check_payload(payload, ASYNCHRONOUS_PAYLOAD_BYTES if kind == "Event" else PAYLOAD_BYTES)
        request_id = str(uuid.uuid4())
        context = _client_context(request.text("ClientContext")) if kind == "RequestResponse" else ""
        event, trace_id = payload.strip() or EMPTY, usable_header(request.headers.get("X-Amzn-Trace-Id", ""))
        waiting = parent_segment_id(trace_id) if kind == "RequestResponse" else ""
        invocation = Invocation(
            target.name, request_id, event, trace_id, context, caller=waiting, qualifier=target.qualifier
        )
        if kind == "DryRun":
            return ApiResponse({"StatusCode": 204}, request_id)
        if kind == "Event":
            await self._accept(invocation)
            return ApiResponse({"StatusCode": 202}, request_id)
        outcome = await self.invoker.invoke(invocation)
        members = result(outcome)
        if request.text("LogType") == "Tail":
            log = await self.tail(outcome.environment, request_id)
            members["LogResult"] = base64.b64encode(log.encode()).decode("ascii")
        return ApiResponse(members, request_id)

    def _target(self, request: ApiRequest) -> NamedFunction:
        """Return the function, version or alias that is invoked; one error exists only for Invoke (LA-02)."""
        reference = self.directory.reference(request.function_name, request.qualifier)
        if reference.qualifier == LATEST_PUBLISHED and not self.directory.versions.of(reference.name):
            name = self.directory.find(reference.name).name
            raise ApiError(400, "NoPublishedVersionException", f"The function {name} has no published version.")
        return self.directory.target(request.function_name, request.qualifier, unqualified=LATEST)

    async def _accept(self, invocation: Invocation) -> None:
        """Accept an event if it can be stored."""
        try:
            await self.accept(invocation)
        except QueuesFullError as error:
            why = f"too many Event invocations wait: {error}; send more when some have ended"
            raise ApiError(429, THROTTLED, RATE_EXCEEDED, {"Reason": CALLER_RATE_EXCEEDED}, why) from error
        except QueueError as error:
            raise ApiError(503, "ServiceException", f"the event cannot be kept: {error}") from error


def result(outcome: Outcome) -> dict[str, Any]:
    """Return the members of Invoke's response; its status is 200 even if the function failed (RT-08)."""
    if outcome.kind is OutcomeKind.THROTTLED:
        raise ApiError(429, THROTTLED, RATE_EXCEEDED, read_json(outcome.payload), outcome.reason)
    members = {"StatusCode": 200, "ExecutedVersion": outcome.version, "Payload": outcome.payload}
    if outcome.kind is not OutcomeKind.SUCCESS:
        members["FunctionError"] = FUNCTION_ERROR
    return members


def _client_context(encoded: str) -> str:
    """Decode the client context, a JSON object; empty if the request has none (RT-09)."""
    try:
        text = base64.b64decode(encoded, validate=True).decode()
        valid = len(encoded) <= CLIENT_CONTEXT_BYTES and (not text or isinstance(read_json(text), dict))
    except ValueError:
        valid = False
    if not valid:
        raise ApiError(
            400,
            "InvalidRequestContentException",
            f"Client context must be a valid Base64-encoded JSON object of at most {CLIENT_CONTEXT_BYTES} bytes.",
        )
    return text


def _check_payload(payload: bytes, limit: int) -> None:
    """Refuse a payload that is too large or not JSON.

    JSON that is nested too deep is refused in the same way. AWS does not document a limit; Python's parser, which the
    function would use, fails near 1,000 levels.
    """
    if len(payload) > limit:
        why = f"the payload has {len(payload):,} bytes; send less, or a reference to it"
        raise ApiError(413, REQUEST_TOO_LARGE, request_too_large(limit), why=why)
    try:
        if payload.strip():
            read_json(payload)
    except ValueError as error:
        message = f"Could not parse request body into json: Could not parse payload into json: {error}"
        raise ApiError(400, "InvalidRequestContentException", message) from error
