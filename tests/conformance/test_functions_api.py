"""Functions changed and described through the Lambda API, and what that does to what runs."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.conformance.conftest import Tiny
from tests.conformance.test_lambda_api import ARN, client, order, refused

DEAD = "arn:aws:sqs:us-east-1:000000000000:jobs-dead"


@pytest.fixture(scope="module")
def api(tiny: Tiny) -> Any:
    return client(tiny, "lambda")


@pytest.fixture
def kept(api: Any) -> Iterator[None]:
    """Give `describe` and `obey` their configuration back."""
    names = ("describe", "obey")
    before = [api.get_function_configuration(FunctionName=name) for name in names]
    yield
    for was in before:
        settings = {key: was[key] for key in ("Timeout", "MemorySize", "Environment")}
        api.update_function_configuration(FunctionName=was["FunctionName"], **settings)


def result(answer: dict[str, Any]) -> Any:
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read())


def test_rt08_a_changed_configuration_is_that_of_the_next_call(tiny: Tiny, api: Any, kept: None) -> None:
    changes = {"Timeout": 7, "MemorySize": 512, "Environment": {"Variables": {"GREETING": "good day", "NEW": "1"}}}
    answer = api.update_function_configuration(FunctionName="describe", **changes)
    assert {key: answer[key] for key in changes} == changes
    assert api.get_function_configuration(FunctionName="describe")["Timeout"] == 7
    for _ in range(4):
        seen = result(api.invoke(FunctionName="describe"))
        assert (seen["environment"]["GREETING"], seen["environment"]["NEW"]) == ("good day", "1")
        assert seen["memory_limit_in_mb"] == "512"
        assert 3_000 < seen["remaining_ms"] <= 7_000


def test_rt08_a_call_in_flight_ends_as_it_began(tiny: Tiny, api: Any, kept: None) -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(tiny.obey, do="sleep", seconds=1)
        assert tiny.eventually(lambda: '"in_flight": 1' in json.dumps(health(tiny, "obey")))
        api.update_function_configuration(FunctionName="obey", Timeout=1)
        assert slow.result().status_code == 200
    timed_out = api.invoke(FunctionName="obey", Payload=order(do="sleep", seconds=1.5))
    assert "timed out after 1.00 seconds" in timed_out["Payload"].read().decode()


def health(tiny: Tiny, function: str) -> dict[str, Any]:
    return httpx.get(tiny.stack.health).json()["functions"][function]


def test_fu25_reserved_concurrency_can_be_put_and_taken_away(api: Any) -> None:
    assert api.get_function_concurrency(FunctionName="echo").get("ReservedConcurrentExecutions") is None
    api.put_function_concurrency(FunctionName="echo", ReservedConcurrentExecutions=0)
    assert refused(api.invoke, FunctionName="echo")[:2] == (429, "TooManyRequestsException")
    assert api.get_function(FunctionName="echo")["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    api.delete_function_concurrency(FunctionName="echo")
    assert api.invoke(FunctionName="echo")["StatusCode"] == 200
    assert "Concurrency" not in api.get_function(FunctionName="echo")


def test_rt08_what_becomes_of_events_can_be_changed(tiny: Tiny, api: Any) -> None:
    tiny.seen_so_far()
    put = api.put_function_event_invoke_config(
        FunctionName="worker", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": DEAD}}
    )
    assert (put["MaximumRetryAttempts"], "MaximumEventAgeInSeconds" in put) == (0, False)
    event = {"Records": [{"body": "raise"}]}
    api.invoke(FunctionName="worker", InvocationType="Event", Payload=json.dumps(event))
    assert tiny.eventually(lambda: tiny.depth("jobs-dead") == 1)
    (message,) = tiny.sqs.receive_message(QueueUrl=tiny.queue("jobs-dead"))["Messages"]
    tiny.sqs.delete_message(QueueUrl=tiny.queue("jobs-dead"), ReceiptHandle=message["ReceiptHandle"])
    told = json.loads(message["Body"])
    assert (told["requestContext"]["condition"], told["requestPayload"]) == ("RetriesExhausted", event)
    assert len(tiny.seen(1)) == 1, "no retry"

    assert api.update_function_event_invoke_config(FunctionName="worker", MaximumRetryAttempts=1)[
        "DestinationConfig"
    ] == {"OnSuccess": {}, "OnFailure": {"Destination": DEAD}}
    (listed,) = api.list_function_event_invoke_configs(FunctionName="worker")["FunctionEventInvokeConfigs"]
    assert listed["MaximumRetryAttempts"] == 1
    api.delete_function_event_invoke_config(FunctionName="worker")
    status, _, message = refused(api.get_function_event_invoke_config, FunctionName="worker")
    assert (status, message) == (404, f"The function {ARN}worker:$LATEST doesn't have an EventInvokeConfig")


ENDS = "arn:aws:sqs:us-east-1:000000000000:ends"


@pytest.fixture
def ends(tiny: Tiny, api: Any) -> Iterator[None]:
    """A queue that a program made after the start, told of worker's failed events."""
    tiny.seen_so_far()
    tiny.sqs.create_queue(QueueName="ends")
    destination = {"OnFailure": {"Destination": ENDS}}
    api.put_function_event_invoke_config(FunctionName="worker", MaximumRetryAttempts=0, DestinationConfig=destination)
    yield
    api.delete_function_event_invoke_config(FunctionName="worker")
    tiny.sqs.delete_queue(QueueUrl=tiny.queue("ends"))
    tiny.seen(1)


def test_rt08_events_end_in_a_queue_that_a_program_made(tiny: Tiny, api: Any, ends: None) -> None:
    api.invoke(FunctionName="worker", InvocationType="Event", Payload=b'{"Records": [{"body": "raise"}]}')
    assert tiny.eventually(lambda: tiny.depth("ends") == 1)
    assert "ends" in httpx.get(tiny.stack.health).json()["queues"]


def test_rt08_a_destination_that_was_deleted_gets_its_record_once_it_is_made_anew(
    tiny: Tiny, api: Any, ends: None
) -> None:
    tiny.sqs.delete_queue(QueueUrl=tiny.queue("ends"))
    api.invoke(FunctionName="worker", InvocationType="Event", Payload=b'{"Records": [{"body": "raise"}]}')
    assert tiny.eventually(lambda: "cannot be sent to ends yet: ends does not exist; create it" in tiny.log())
    assert api.update_function_event_invoke_config(FunctionName="worker", MaximumRetryAttempts=1), "other settings"
    tiny.sqs.create_queue(QueueName="ends")
    assert tiny.eventually(lambda: tiny.depth("ends") == 1)


@pytest.mark.parametrize(
    ("arn", "why"),
    [
        (ENDS.replace("ends", "nothing"), f"The destination ARN {ENDS.replace('ends', 'nothing')} is invalid."),
        (ENDS.replace("ends", "ordered.fifo"), "a FIFO queue cannot be a destination; name a standard queue"),
        (ENDS.replace("us-east-1", "eu-west-1"), f"use {ENDS}"),
        (ENDS.replace("0" * 12, "1" * 12), f"use {ENDS}"),
        (f"{ARN}nobody", f"The destination ARN {ARN}nobody is invalid."),
        (f"{ARN}worker", "You can't specify the function as a destination for itself."),
    ],
)
def test_rt08_what_can_be_no_destination(api: Any, arn: str, why: str) -> None:
    put = api.put_function_event_invoke_config
    status, code, message = refused(put, FunctionName="worker", DestinationConfig={"OnFailure": {"Destination": arn}})
    assert (status, code) == (400, "InvalidParameterValueException")
    assert why in message


def test_rt08_destinations_of_other_services_are_refused_by_name(api: Any) -> None:
    topic = {"OnFailure": {"Destination": "arn:aws:sns:us-east-1:000000000000:topic"}}
    put = api.put_function_event_invoke_config
    status, _, message = refused(put, FunctionName="worker", DestinationConfig=topic)
    named = "DestinationConfig.OnFailure.Destination in an SNS topic"
    assert (status, message) == (501, f"PutFunctionEventInvokeConfig with {named} is not emulated")


def test_rt08_a_configuration_of_nothing_is_refused(api: Any) -> None:
    status, _, message = refused(api.put_function_event_invoke_config, FunctionName="worker")
    assert (status, message) == (400, "You must specify at least one of error handling or destination setting.")


def test_urls_are_described(tiny: Tiny, api: Any) -> None:
    described = api.get_function_url_config(FunctionName="guarded")
    assert (described["FunctionUrl"], described["AuthType"]) == (tiny.url("guarded"), "AWS_IAM")
    assert described["Cors"] == {
        "AllowCredentials": False,
        "AllowMethods": ["GET", "POST"],
        "AllowOrigins": ["https://a.example"],
        "MaxAge": 60,
    }
    (listed,) = api.list_function_url_configs(FunctionName="echo")["FunctionUrlConfigs"]
    assert listed["FunctionUrl"] == tiny.url("echo")
    assert refused(api.get_function_url_config, FunctionName="leisurely")[0] == 404


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"FunctionName": "closed"}, "above ReservedConcurrentExecutions; raise it"),
        ({"FunctionName": "echo", "Payload": b"x" * 6_291_557}, "the payload has 6,291,557 bytes; send less"),
    ],
)
def test_rt08_the_log_says_why_with_the_request_id(tiny: Tiny, api: Any, arguments: dict, why: str) -> None:
    with pytest.raises(ClientError) as caught:
        api.invoke(**arguments)
    mark = f"(RequestId {caught.value.response['ResponseMetadata']['RequestId']})"
    (line,) = [line for line in tiny.log().splitlines() if line.endswith(mark)]
    assert why in line
