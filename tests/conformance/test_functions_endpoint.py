"""RT-21: what a function gets when it calls AWS itself, with boto3 and nothing configured."""

import json
from typing import Any

import pytest

from tests.conformance.conftest import Tiny


def call(tiny: Tiny, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
    order = {"service": service, "operation": operation, "arguments": arguments}
    return tiny.invoke("caller", order)["Payload"]


def drain(tiny: Tiny) -> list[str]:
    bodies = []
    while messages := tiny.sqs.receive_message(QueueUrl=tiny.queue("brief"), MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            tiny.sqs.delete_message(QueueUrl=tiny.queue("brief"), ReceiptHandle=message["ReceiptHandle"])
    return bodies


def test_rt21_a_queue_url_of_the_template_works_as_it_is(tiny: Tiny) -> None:
    variables = tiny.api.get_function_configuration(FunctionName="caller")["Environment"]["Variables"]
    assert call(tiny, "sqs", "send_message", QueueUrl=variables["QUEUE"], MessageBody="from a function")["MessageId"]
    assert drain(tiny) == ["from a function"]


@pytest.mark.parametrize("queue", ["https://sqs.us-east-1.amazonaws.com/123456789012/brief", "brief"])
def test_rt21_a_queue_url_of_any_host_and_account_leads_to_the_queue(tiny: Tiny, queue: str) -> None:
    assert call(tiny, "sqs", "send_message", QueueUrl=queue, MessageBody="hard-coded")["MessageId"]
    assert drain(tiny) == ["hard-coded"]


def test_rt21_queue_urls_that_a_function_asks_for_can_be_used_by_it(tiny: Tiny) -> None:
    url = call(tiny, "sqs", "get_queue_url", QueueName="brief")["QueueUrl"]
    assert url == f"http://127.0.0.1:{tiny.stack.ports.functions}/000000000000/brief"
    assert call(tiny, "sqs", "send_message", QueueUrl=url, MessageBody="asked for")["MessageId"]
    assert drain(tiny) == ["asked for"]


def test_rt21_a_function_invokes_another_and_looks_at_it(tiny: Tiny) -> None:
    answer = call(tiny, "lambda", "invoke", FunctionName="echo", Payload=json.dumps({"from": "caller"}))
    assert (answer["StatusCode"], answer["Payload"]) == (200, {"from": "caller"})
    assert call(tiny, "lambda", "get_function_configuration", FunctionName="echo")["FunctionName"] == "echo"


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "name"),
    [
        ("s3", "get_object", {"Bucket": "photos", "Key": "a.jpg"}, "GET /photos/a.jpg of s3"),
        ("dynamodb", "list_tables", {}, "ListTables of dynamodb"),
        ("sts", "get_caller_identity", {}, "GetCallerIdentity of sts"),
    ],
)
def test_rt21_another_service_is_refused_by_name(
    tiny: Tiny, service: str, operation: str, arguments: dict[str, Any], name: str
) -> None:
    answer = call(tiny, service, operation, **arguments)
    assert answer["status"] == 501
    cure = f"--endpoint {service}=URL passes its calls on to another server"
    assert answer["message"] == (f"{name} is not emulated: the functions' endpoint serves lambda and sqs; {cure}")


def test_rt21_lambdas_changes_are_refused_by_name(tiny: Tiny) -> None:
    answer = call(tiny, "lambda", "update_function_configuration", FunctionName="echo", Timeout=9)
    assert (answer["status"], answer["code"]) == (403, "AccessDeniedException")
    assert answer["message"].startswith("UpdateFunctionConfiguration is not for functions")
    assert tiny.api.get_function_configuration(FunctionName="echo")["Timeout"] == 3
