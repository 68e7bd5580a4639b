"""Invoke as a function of a request: what is refused never reaches the function."""

import asyncio
import base64
import json

import pytest

from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.asynchronous import Asynchronous
from emulator.lambda_api.invoke import InvokeApi
from emulator.lambda_api.names import Directory
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.resources import Function

DIRECTORY = Directory({"f": Function("F", "f", "image", (), 3, 256, 512)}, "us-east-1", "000000000000")


class Echo:
    def __init__(self) -> None:
        self.calls: list[Invocation] = []

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.calls.append(invocation)
        return Outcome(OutcomeKind.SUCCESS, invocation.payload)


class NoQueues:
    async def send(self, name: str, body: str) -> None:
        raise AssertionError(name)


async def no_log(environment: str, request_id: str) -> str:
    return ""


def invoke(
    payload: bytes = b"{}", *, trace_header: str = "", **parameters: str
) -> tuple[ApiResponse, list[Invocation]]:
    async def scenario() -> ApiResponse:
        events = Asynchronous(echo, (), {}, NoQueues())
        api = InvokeApi(DIRECTORY, echo, events, no_log, lambda: True)
        named = {"FunctionName": "f", "Payload": payload, **parameters}
        answer = await api.invoke(ApiRequest("Invoke", named, {"X-Amzn-Trace-Id": trace_header}))
        await events.drain()
        return answer

    echo = Echo()
    return asyncio.run(scenario()), echo.calls


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
@pytest.mark.parametrize("payload", [b"{", b"[" * 100_000 + b"]" * 100_000, b"[" * 501 + b"]" * 501])
def test_rt08_a_payload_that_cannot_be_read_is_refused(kind: str, payload: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        invoke(payload, InvocationType=kind)
    assert (refused.value.status, refused.value.kind) == (400, "InvalidRequestContentException")
    assert refused.value.message.startswith("Could not parse request body into json: ")


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
