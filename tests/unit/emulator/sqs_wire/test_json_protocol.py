"""AWS JSON 1.0 as SQS speaks it: what reaches the queues, what comes back, and how refusals are spelled."""

import base64
from typing import Any

import pytest

from emulator.queues.embedded.errors import SqsError
from tests.unit.emulator.sqs_wire.wire_client import Caller, Reply, with_caller


def refused(operation: str, content: Any, result: Exception | None = None) -> tuple[int, str, str, str]:
    """Status, `__type`, x-amzn-query-error and message of a call that is refused."""

    async def act(caller: Caller) -> Reply:
        return await caller.json(operation, content)

    reply = with_caller(act, result)
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert reply.headers["x-amzn-RequestId"]
    return reply.status, reply.json["__type"], reply.headers["x-amzn-query-error"], reply.json["message"]


def test_parameters_arrive_as_the_model_spells_them_with_blobs_as_bytes() -> None:
    async def act(caller: Caller) -> None:
        entry = {
            "Id": "a",
            "MessageBody": "é\u0000\U0001f600",
            "DelaySeconds": 0,
            "MessageAttributes": {
                "odd": {"DataType": "Binary", "BinaryValue": base64.b64encode(b"\x00\xff").decode()},
                "none": None,
            },
            "NotInTheModel": {"x": 1},
            "MessageGroupId": None,
        }
        await caller.json("SendMessageBatch", {"QueueUrl": "q", "Entries": [entry]})
        ((operation, parameters),) = caller.service.calls
        assert operation == "SendMessageBatch"
        attributes = {"odd": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
        kept = {"Id": "a", "MessageBody": "é\u0000\U0001f600", "DelaySeconds": 0, "MessageAttributes": attributes}
        assert parameters == {"QueueUrl": "q", "Entries": [kept]}

    with_caller(act)


def test_results_write_bytes_as_base64() -> None:
    message = {
        "MessageId": "1",
        "Body": "ü\r\n",
        "MessageAttributes": {"b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
    }

    async def act(caller: Caller) -> Any:
        reply = await caller.json("ReceiveMessage", {"QueueUrl": "q"})
        assert (reply.status, reply.headers["Content-Type"]) == (200, "application/x-amz-json-1.0")
        return reply.json

    attribute = {"DataType": "Binary", "BinaryValue": "AP8="}
    assert with_caller(act, {"Messages": [message]}) == {
        "Messages": [{**message, "MessageAttributes": {"b": attribute}}]
    }


def test_an_operation_without_a_result_answers_with_an_empty_body() -> None:
    async def act(caller: Caller) -> None:
        reply = await caller.json("DeleteMessage", {"QueueUrl": "q", "ReceiptHandle": "h"})
        assert (reply.status, reply.body) == (200, "")

    with_caller(act)


@pytest.mark.parametrize(
    ("operation", "content", "missing"),
    [
        ("SendMessage", {"QueueUrl": "q"}, "MessageBody"),
        ("SendMessage", {"QueueUrl": "q", "MessageBody": ""}, "MessageBody"),
        ("SendMessage", {"QueueUrl": None, "MessageBody": "x"}, "QueueUrl"),
        ("CreateQueue", {}, "QueueName"),
        ("ChangeMessageVisibility", {"QueueUrl": "q", "ReceiptHandle": "h"}, "VisibilityTimeout"),
        ("TagQueue", {"QueueUrl": "q"}, "Tag"),
        ("ReceiveMessage", b"", "QueueUrl"),
    ],
)
def test_a_required_parameter_that_is_missing_is_named(operation: str, content: Any, missing: str) -> None:
    """Recorded on AWS for an empty MessageBody."""
    assert refused(operation, content) == (
        400,
        "com.amazon.coral.service#MissingRequiredParameterException",
        "MissingParameter;Sender",
        f"The request must contain the parameter {missing}.",
    )


def test_a_batch_without_entries_is_left_to_the_queue() -> None:
    async def act(caller: Caller) -> None:
        await caller.json("DeleteMessageBatch", {"QueueUrl": "q"})
        assert caller.service.calls == [("DeleteMessageBatch", {"QueueUrl": "q", "Entries": []})]

    with_caller(act)


def test_an_entry_that_is_not_complete_is_left_to_the_queue_so_that_it_alone_fails() -> None:
    failed = {"Id": "b", "SenderFault": True, "Code": "MessageNotInflight", "Message": "why"}

    async def act(caller: Caller) -> None:
        entries = [{"Id": "a"}, {"ReceiptHandle": "h"}]
        reply = await caller.json("ChangeMessageVisibilityBatch", {"QueueUrl": "q", "Entries": entries})
        ((_, parameters),) = caller.service.calls
        assert parameters["Entries"] == [{"Id": "a", "ReceiptHandle": ""}, {"Id": "", "ReceiptHandle": "h"}]
        assert reply.json == {"Failed": [{**failed, "Code": "AWS.SimpleQueueService.MessageNotInflight"}]}

    with_caller(act, {"Failed": [failed]})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"QueueUrl": 5, "MessageBody": "x"}, "NUMBER_VALUE can not be converted to a String"),
        ({"QueueUrl": "q", "MessageBody": "x", "DelaySeconds": "5"}, "STRING_VALUE can not be converted to an Integer"),
        (
            {"QueueUrl": "q", "MessageBody": "x", "DelaySeconds": 2**31},
            "NUMBER_VALUE can not be converted to an Integer",
        ),
        (
            {"QueueUrl": "q", "MessageBody": "x", "DelaySeconds": True},
            "BOOLEAN_VALUE can not be converted to an Integer",
        ),
        ({"QueueUrl": "q", "MessageBody": "x", "DelaySeconds": 1.5}, "NUMBER_VALUE can not be converted to an Integer"),
        ({"QueueUrl": "q", "MessageBody": "x", "MessageAttributes": []}, "a list can not be converted to a map"),
        (
            {
                "QueueUrl": "q",
                "MessageBody": "x",
                "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": "!"}},
            },
            "A Blob must be written in base64",
        ),
        ([], "a list can not be converted to a structure"),
        (b"{", "The body is no JSON text: "),
        (b'{"QueueUrl": ' + b"[" * 100_000, "The body is no JSON text: "),
        (b"\xff\xfe\xff", "The body is no JSON text: "),
        (b'{"QueueUrl": "q", "MessageBody": "x", "DelaySeconds": ' + b"9" * 5_000 + b"}", "The body is no JSON text: "),
    ],
)
def test_a_value_of_another_type_is_refused(content: Any, words: str) -> None:
    status, kind, code, message = refused("SendMessage", content)
    assert (status, kind, code) == (
        400,
        "com.amazon.coral.service#SerializationException",
        "MalformedInput;Sender",
    )
    assert message.startswith(words)


@pytest.mark.parametrize("operation", ["SendMessages", "", "sendmessage"])
def test_an_unknown_operation_is_named(operation: str) -> None:
    status, kind, _, message = refused(operation, {})
    assert (status, kind) == (404, "com.amazon.coral.service#UnknownOperationException")
    assert f"AmazonSQS.{operation} is no operation" in message


#: code in the model (or common code) → status, `__type`, x-amzn-query-error. Recorded on AWS, but for OverLimit and
#: ResourceNotFoundException, whose statuses are those of botocore's model of the query protocol (1.29)
ERRORS = {
    "QueueDoesNotExist": (400, "com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue;Sender"),
    "QueueNameExists": (400, "com.amazonaws.sqs#QueueNameExists", "QueueAlreadyExists;Sender"),
    "InvalidAttributeName": (400, "com.amazonaws.sqs#InvalidAttributeName", "InvalidAttributeName;Sender"),
    "PurgeQueueInProgress": (
        403,
        "com.amazonaws.sqs#PurgeQueueInProgress",
        "AWS.SimpleQueueService.PurgeQueueInProgress;Sender",
    ),
    "BatchRequestTooLong": (
        400,
        "com.amazonaws.sqs#BatchRequestTooLong",
        "AWS.SimpleQueueService.BatchRequestTooLong;Sender",
    ),
    "InvalidParameterValue": (
        400,
        "com.amazon.coral.service#InvalidParameterValueException",
        "InvalidParameterValue;Sender",
    ),
    "ResourceNotFoundException": (
        404,
        "com.amazonaws.sqs#ResourceNotFoundException",
        "ResourceNotFoundException;Sender",
    ),
    "OverLimit": (403, "com.amazonaws.sqs#OverLimit", "OverLimit;Sender"),
}


@pytest.mark.parametrize("code", ERRORS)
def test_errors_have_the_names_of_both_protocols(code: str) -> None:
    assert refused("ListQueues", {}, SqsError(code, "why ü")) == (*ERRORS[code], "why ü")


def test_a_defect_of_ours_is_an_error_that_sdks_try_again_and_the_log_has_its_cause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    status, kind, code, message = refused("ListQueues", {}, ZeroDivisionError("a secret of ours"))
    assert (status, kind, code) == (500, "com.amazon.coral.service#InternalFailure", "InternalError;Receiver")
    assert "secret" not in message
    assert "a secret of ours" in caplog.text


URLS = ["http://other:1/000000000000/one", "two", "/000000000000/three"]


@pytest.mark.parametrize("host", ["localhost:9324", "emulator:9003", "[::1]:9324"])
def test_queue_urls_begin_with_the_address_that_the_caller_used(host: str) -> None:
    async def act(caller: Caller) -> Any:
        return (await caller.json("ListQueues", {}, Host=host)).json

    told = with_caller(act, {"QueueUrls": URLS, "NextToken": "t"})
    assert told["QueueUrls"][0] == f"http://{host}/000000000000/one"
    assert told["QueueUrls"][2] == f"http://{host}/000000000000/three"
    assert told["NextToken"] == "t"
    made = with_caller(act, {"QueueUrl": "http://any/000000000000/q"})
    assert made == {"QueueUrl": f"http://{host}/000000000000/q"}


def test_a_call_may_be_signed_for_any_region() -> None:
    async def act(caller: Caller) -> None:
        scope = (
            "AWS4-HMAC-SHA256 Credential=any/20260101/ap-southeast-2/sqs/aws4_request, SignedHeaders=host, Signature=0"
        )
        reply = await caller.json("ListQueues", {}, Authorization=scope)
        assert reply.status == 200

    with_caller(act)


HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793"


def test_the_trace_header_of_a_send_goes_with_its_messages() -> None:
    """SQS keeps X-Amzn-Trace-Id as AWSTraceHeader; a digest of what nobody sent would puzzle the caller."""
    own = {"AWSTraceHeader": {"DataType": "String", "StringValue": "own"}}
    result = {
        "Successful": [
            {"Id": "a", "MD5OfMessageSystemAttributes": "0"},
            {"Id": "b", "MD5OfMessageSystemAttributes": "1"},
        ]
    }

    async def act(caller: Caller) -> None:
        entries = [{"Id": "a", "MessageBody": "x"}, {"Id": "b", "MessageBody": "y", "MessageSystemAttributes": own}]
        content = {"QueueUrl": "q", "Entries": entries}
        reply = await caller.json("SendMessageBatch", content, **{"X-Amzn-Trace-Id": HEADER})
        sent = [entry["MessageSystemAttributes"]["AWSTraceHeader"] for entry in caller.service.calls[0][1]["Entries"]]
        assert sent == [{"DataType": "String", "StringValue": HEADER}, own["AWSTraceHeader"]]
        assert reply.json["Successful"] == [{"Id": "a"}, result["Successful"][1]]

    with_caller(act, result)
