"""Invoke as a function of a request: what is refused never reaches the function."""

import asyncio
import base64
import json

import pytest

from emulator.invocation import Invocation
from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.invoke import InvokeApi
from emulator.lambda_api.names import Directory
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.queues import QueueError
from emulator.queues.embedded.internal_queues import QueuesFullError
from emulator.resources import Function
from tests.unit.emulator.echo import Echo

DIRECTORY = Directory({"f": Function("F", "f", "image", (), 3, 256, 512)}, "us-east-1", "000000000000")


async def no_log(environment: str, request_id: str) -> str:
    return ""


def invoke(
    payload: bytes = b"{}", *, trace_header: str = "", **parameters: str
) -> tuple[ApiResponse, list[Invocation]]:
    async def scenario() -> ApiResponse:
        api = InvokeApi(DIRECTORY, echo, echo.accept, no_log, lambda: True)
        named = {"FunctionName": "f", "Payload": payload, **parameters}
        return await api.invoke(ApiRequest("Invoke", named, {"X-Amzn-Trace-Id": trace_header}))

    echo = Echo()
    return asyncio.run(scenario()), echo.calls


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
@pytest.mark.parametrize("payload", [b"{", b"[" * 100_000 + b"]" * 100_000, b"[" * 501 + b"]" * 501])
def test_rt08_a_payload_that_cannot_be_read_is_refused(kind: str, payload: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        invoke(payload, InvocationType=kind)
    assert (refused.value.status, refused.value.kind) == (400, "InvalidRequestContentException")
    words = "Could not parse request body into json: Could not parse payload into json: "  # recorded
    assert refused.value.message.startswith(words)


def test_rt08_a_payload_of_many_levels_reaches_the_function() -> None:
    payload = b"[" * 500 + b"]" * 500
    answer, calls = invoke(payload)
    assert (answer.members["StatusCode"], answer.members["Payload"], len(calls)) == (200, payload, 1)
    assert invoke(payload, InvocationType="Event")[0].members["StatusCode"] == 202


@pytest.mark.parametrize("context", ["[]", "{", '{"custom":' + "[" * 1_300 + "]" * 1_300 + "}", "not base64"])
def test_rt09_a_client_context_that_is_no_object_is_refused(context: str) -> None:
    encoded = context if context == "not base64" else base64.b64encode(context.encode()).decode()
    with pytest.raises(ApiError) as refused:
        invoke(ClientContext=encoded)
    assert (refused.value.status, refused.value.kind) == (400, "InvalidRequestContentException")


def test_a_trace_header_that_http_cannot_carry_does_not_reach_the_call() -> None:
    _, (call,) = invoke(trace_header="Root=1-a;Parent=\udcff;Sampled=1")
    assert call.trace_id == "Root=1-a;Sampled=1"


def test_rt09_a_client_context_travels_with_the_call() -> None:
    context = {"custom": {"a": "b\nc"}}
    _, (call,) = invoke(ClientContext=base64.b64encode(json.dumps(context).encode()).decode())
    assert json.loads(call.client_context) == context


@pytest.mark.parametrize(
    ("error", "status", "kind", "reason"),
    [
        (QueuesFullError("they have 256 MiB"), 429, "TooManyRequestsException", "CallerRateLimitExceeded"),
        (QueueError("no room on the disk"), 503, "ServiceException", ""),
    ],
)
def test_rt08_an_event_that_cannot_be_kept_is_refused(error: QueueError, status: int, kind: str, reason: str) -> None:
    async def refuse(_: Invocation) -> None:
        raise error

    api = InvokeApi(DIRECTORY, Echo(), refuse, no_log, lambda: True)
    with pytest.raises(ApiError) as refused:
        asyncio.run(api.invoke(ApiRequest("Invoke", {"FunctionName": "f", "InvocationType": "Event"}, {})))
    assert (refused.value.status, refused.value.kind) == (status, kind)
    assert refused.value.fields.get("Reason", "") == reason
