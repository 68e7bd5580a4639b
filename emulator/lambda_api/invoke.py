"""Invoke (RT-08): RequestResponse, Event and DryRun."""

import base64
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from emulator.invocation import Invocation, Invoker, Outcome, OutcomeKind
from emulator.json_text import read_json
from emulator.lambda_api.asynchronous import Asynchronous
from emulator.lambda_api.errors import ApiError, invalid, not_built
from emulator.lambda_api.names import LATEST, Directory
from emulator.trace_header import parent, usable

Tail = Callable[[str, str], Awaitable[str]]  #: environment, request id → the last 4 KB of the invocation's log

PAYLOAD_BYTES = {"RequestResponse": 6_291_556, "Event": 1_048_576}  #: the first is FU-26's, DryRun's too
CLIENT_CONTEXT_BYTES = 3_583  #: of base64
EMPTY = b"{}"  #: the event of a call without a payload
#: headers of a request that would change what the function sees, and cannot here
NOT_BUILT = {
    "X-Amz-Tenant-Id": "TenantId",
    "X-Amz-Durable-Execution-Name": "DurableExecutionName",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Invoke:
    """Makes the calls that API requests ask for."""

    directory: Directory
    invoker: Invoker
    asynchronous: Asynchronous
    tail: Tail

    async def __call__(self, name: str, qualifier: str, headers: Mapping[str, str], payload: bytes) -> Reply:
        """Handle one request; `ApiError` when it is refused."""
        function = self.directory.find(name, qualifier)
        kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind not in ("RequestResponse", "Event", "DryRun"):
            raise invalid(f"InvocationType {kind!r} is not one of RequestResponse, Event, DryRun")
        _check_headers(headers)
        _check_payload(payload, PAYLOAD_BYTES.get(kind, PAYLOAD_BYTES["RequestResponse"]))
        request_id = str(uuid.uuid4())
        context = _client_context(headers) if kind == "RequestResponse" else ""  # which alone passes it on
        event, trace_id = payload.strip() or EMPTY, usable(headers.get("X-Amzn-Trace-Id", ""))
        waiting = parent(trace_id) if kind == "RequestResponse" else ""
        invocation = Invocation(function.name, request_id, event, trace_id, context, caller=waiting)
        identity = {"x-amzn-RequestId": request_id}
        if kind == "DryRun":
            return Reply(204, {**identity, "X-Amz-Executed-Version": LATEST})
        if kind == "Event":
            self.asynchronous.accept(invocation, self.directory.arn(function.name))
            return Reply(202, identity)
        outcome = await self.invoker.invoke(invocation)
        reply = to_reply(outcome, request_id)
        if headers.get("X-Amz-Log-Type") != "Tail":
            return reply
        log = await self.tail(outcome.environment, request_id)
        result = base64.b64encode(log.encode()).decode("ascii")
        return replace(reply, headers={**reply.headers, "X-Amz-Log-Result": result})


def to_reply(outcome: Outcome, request_id: str) -> Reply:
    """Turn an outcome into Invoke's answer: 200 even for a function that failed (RT-08)."""
    if outcome.kind is OutcomeKind.THROTTLED:
        raise ApiError(429, "TooManyRequestsException", "Rate Exceeded.", read_json(outcome.payload), outcome.reason)
    headers = {
        "x-amzn-RequestId": request_id,
        "X-Amz-Executed-Version": LATEST,
        "Content-Type": "application/json",
    }
    if outcome.kind is not OutcomeKind.SUCCESS:
        headers["X-Amz-Function-Error"] = "Unhandled"
    return Reply(200, headers, outcome.payload)


def _client_context(headers: Mapping[str, str]) -> str:
    """Return the JSON object that a caller tells about itself, empty when it tells nothing (RT-09)."""
    encoded = headers.get("X-Amz-Client-Context", "")
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


def _check_headers(headers: Mapping[str, str]) -> None:
    if headers.get("X-Amz-Log-Type", "None") not in ("None", "Tail"):
        raise invalid(f"LogType {headers['X-Amz-Log-Type']!r} is not one of None, Tail")
    for header, name in NOT_BUILT.items():
        if header in headers:
            raise not_built(f"Invoke with {name}")


def _check_payload(payload: bytes, limit: int) -> None:
    """Refuse what is too large or cannot be read as JSON.

    What is nested too deep is refused like any other text that cannot be read. AWS does not document what it does with
    it; the reader of a function in Python ends at about 1,000 levels.
    """
    if len(payload) > limit:
        message = f"Request must be smaller than {limit} bytes for the Invoke operation"
        why = f"the payload has {len(payload):,} bytes; send less, or a reference to it"
        raise ApiError(413, "RequestTooLargeException", message, why=why)
    try:
        if payload.strip():
            read_json(payload)
    except ValueError as error:
        raise ApiError(
            400, "InvalidRequestContentException", f"Could not parse request body into json: {error}"
        ) from error
