"""The Lambda API from outside: what boto3's client says and gets."""

import base64
import json
import re
import uuid
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.conformance.conftest import Tiny

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False)


def client(tiny: Tiny, service: str) -> Any:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client(service, endpoint_url=f"http://127.0.0.1:{tiny.stack.ports.api}", config=CONFIG, **keys)


@pytest.fixture(scope="module")
def api(tiny: Tiny) -> Any:
    return client(tiny, "lambda")


def order(**what: Any) -> bytes:
    """An event for `obey`, which finds its order in the body, as a function URL would put it."""
    return json.dumps({"body": json.dumps(what)}).encode()


def refused(operation: Any, **arguments: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        operation(**arguments)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_rt08_a_result(api: Any) -> None:
    answer = api.invoke(FunctionName="echo", Payload=b'{"spaces":   "\xc3\xa9"}')
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read()) == {"spaces": "é"}


def test_a_function_that_calls_itself_at_its_limit_fails_at_once_with_the_reason(api: Any, tiny: Tiny) -> None:
    """Its limit here is two environments. Behind RIE the trace header does not reach it: it waits until it times out."""

    def deep(depth: int) -> Any:
        event = {"depth": depth, "endpoint": f"http://127.0.0.1:{tiny.stack.ports.api}"}
        return json.loads(api.invoke(FunctionName="recursive", Payload=json.dumps(event))["Payload"].read())

    assert deep(1) == "the deepest"
    refused = deep(2)["errorMessage"]
    assert "(TooManyRequestsException)" in refused
    assert refused.endswith("Rate Exceeded.")
    assert "recursive waits for itself: all its environments (2)" in tiny.log()
    assert deep(1) == "the deepest"


def test_rt08_the_request_id_is_the_functions(api: Any) -> None:
    answer = api.invoke(FunctionName="describe")
    request_id = answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
    assert json.loads(answer["Payload"].read())["request_id"] == request_id


def test_a_call_without_a_payload_has_an_empty_event(api: Any) -> None:
    assert json.loads(api.invoke(FunctionName="echo")["Payload"].read()) == {}


@pytest.mark.parametrize(
    ("what", "error_type"),
    [
        ({"do": "raise"}, "ValueError"),
        ({"do": "exit"}, "Runtime.ExitError"),
        ({"do": "sleep", "seconds": 5}, "Sandbox.Timedout"),
    ],
)
def test_rt08_a_function_error_is_a_200_and_unhandled(api: Any, what: dict, error_type: str) -> None:
    answer = api.invoke(FunctionName="obey", Payload=order(**what))
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"].read())["errorType"] == error_type


def test_rt08_a_dry_run_calls_nothing(api: Any) -> None:
    answer = api.invoke(FunctionName="closed", InvocationType="DryRun", Payload=b"{}")
    assert (answer["StatusCode"], answer["Payload"].read()) == (204, b"")


def test_rt08_an_event_is_accepted_and_made(tiny: Tiny, api: Any) -> None:
    tiny.seen_so_far()
    mark = str(uuid.uuid4())
    answer = api.invoke(
        FunctionName="worker", InvocationType="Event", Payload=json.dumps({"Records": [{"body": mark}]})
    )
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    assert [told["event"]["Records"][0]["body"] for told in tiny.seen(1)] == [mark]


def test_rt08_an_event_that_fails_is_tried_twice_again_under_its_request_id(tiny: Tiny, api: Any) -> None:
    tiny.seen_so_far()
    answer = api.invoke(FunctionName="worker", InvocationType="Event", Payload=b'{"Records": [{"body": "raise"}]}')
    request_id = answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
    assert [told["request_id"] for told in tiny.seen(3)] == [request_id] * 3
    assert tiny.eventually(
        lambda: any(request_id in line and "it is dropped" in line for line in tiny.log().splitlines())
    )


@pytest.mark.parametrize(
    "name",
    ["echo", "echo:$LATEST", f"{ARN}echo", f"{ARN}echo:$LATEST", "000000000000:function:echo", "function:echo"],
)
def test_every_way_to_name_a_function(api: Any, name: str) -> None:
    assert api.invoke(FunctionName=name)["StatusCode"] == 200
    qualifier = ":$LATEST" if name.endswith("$LATEST") else ""
    assert api.get_function_configuration(FunctionName=name)["FunctionArn"] == f"{ARN}echo{qualifier}"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"FunctionName": "nobody"}, (404, "ResourceNotFoundException", f"Function not found: {ARN}nobody:$LATEST")),
        ({"FunctionName": "echo:1"}, (404, "ResourceNotFoundException", f"Function not found: {ARN}echo:1")),
        (
            {"FunctionName": "echo", "Qualifier": "live"},
            (404, "ResourceNotFoundException", f"Function not found: {ARN}echo:live"),
        ),
        (
            {"FunctionName": "echo", "Payload": b"x" * 6_291_557},
            (
                413,
                "RequestTooLargeException",
                "Request must be smaller than 6291556 bytes for the Invoke operation",
            ),
        ),
        ({"FunctionName": "closed"}, (429, "TooManyRequestsException", "Rate Exceeded.")),
    ],
)
def test_rt08_errors(api: Any, arguments: dict, error: tuple[int, str, str]) -> None:
    assert refused(api.invoke, **arguments) == error


def test_rt08_tail_returns_the_end_of_the_log(api: Any) -> None:
    answer = api.invoke(FunctionName="echo", LogType="Tail", Payload=b'{"x": 1}')
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert lines[0] == f"START RequestId: {request_id} Version: $LATEST"
    assert lines[-2] == f"END RequestId: {request_id}"
    assert re.fullmatch(
        rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: \d+ MB"
        r"(\tMax Memory Used: \d+ MB)?(\tInit Duration: [\d.]+ ms)?\t",
        lines[-1],
    )


def test_rt08_a_payload_that_is_no_json(api: Any) -> None:
    status, code, message = refused(api.invoke, FunctionName="echo", Payload=b"{nothing")
    assert (status, code) == (400, "InvalidRequestContentException")
    assert message.startswith("Could not parse request body into json")


def test_fu25_a_throttle_says_which(api: Any) -> None:
    with pytest.raises(api.exceptions.TooManyRequestsException) as caught:
        api.invoke(FunctionName="closed")
    assert caught.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_functions_are_described(api: Any) -> None:
    described = api.get_function(FunctionName="describe")
    assert described["Code"]["ImageUri"] == "tiny"
    configuration = described["Configuration"]
    assert (configuration["MemorySize"], configuration["Timeout"], configuration["State"]) == (256, 3, "Active")
    assert configuration["Environment"]["Variables"] == {"GREETING": "hello"}
    assert api.get_function(FunctionName="closed")["Concurrency"] == {"ReservedConcurrentExecutions": 0}


def test_functions_are_listed_by_pages(api: Any) -> None:
    pages = api.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 4})
    names = [[function["FunctionName"] for function in page["Functions"]] for page in pages]
    assert names[0] == ["obey", "echo", "describe", "broken"]
    assert {"closed", "worker"} <= {name for page in names[1:] for name in page}
    assert all(len(page) <= 4 for page in names)


@pytest.mark.parametrize(
    ("operation", "arguments", "name"),
    [
        ("update_function_code", {"FunctionName": "echo", "ImageUri": "x"}, "UpdateFunctionCode"),
        ("list_layers", {}, "ListLayers"),
        ("invoke_with_response_stream", {"FunctionName": "echo"}, "InvokeWithResponseStream"),
        ("list_code_signing_configs", {}, "ListCodeSigningConfigs"),
    ],
)
def test_what_is_not_built_is_refused_by_name(api: Any, operation: str, arguments: dict, name: str) -> None:
    status, _, message = refused(getattr(api, operation), **arguments)
    assert status == 501
    assert name in message


@pytest.mark.parametrize("path", ["/2015-03-31/functions/echo/", "/2015-03-31/functions/echo"])
def test_a_path_is_the_same_with_a_slash_at_its_end(tiny: Tiny, path: str) -> None:
    answer = httpx.get(f"http://127.0.0.1:{tiny.stack.ports.api}{path}")
    assert (answer.status_code, answer.json()["Configuration"]["FunctionName"]) == (200, "echo")


def test_a_path_that_is_no_operation(tiny: Tiny) -> None:
    answer = httpx.get(f"http://127.0.0.1:{tiny.stack.ports.api}/2015-03-31/function/echo")
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    assert "GET /2015-03-31/function/echo is no operation of Lambda" in answer.json()["message"]


def test_la03_a_name_that_breaks_the_model(api: Any) -> None:
    status, code, message = refused(api.invoke, FunctionName="echo!")
    assert (status, code) == (400, "ValidationException")
    assert message.startswith(
        "1 validation error detected: Value 'echo!' at 'functionName' failed to satisfy constraint: "
    )


def test_health_is_still_there(tiny: Tiny) -> None:
    assert httpx.get(tiny.stack.health).status_code == 200
