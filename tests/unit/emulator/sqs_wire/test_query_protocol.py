"""The query protocol: forms as SQS's API Reference and older SDKs write them, and XML as they read it."""

import re
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import urlencode

import pytest

from emulator.queues.embedded.errors import SqsError
from tests.unit.emulator.sqs_wire.wire_client import Caller, Reply, with_caller

NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  # from our own server


def called(**fields: str) -> tuple[str, Any]:
    """The operation and the parameters that a form becomes."""

    async def act(caller: Caller) -> Any:
        reply = await caller.form(Version="2012-11-05", **fields)
        assert reply.status == 200, reply.body
        return caller.service.calls[0]

    return with_caller(act)


def refused(fields: dict[str, str], result: Exception | None = None) -> tuple[int, str, str, str]:
    """Status, type, code and message of a call that is refused."""

    async def act(caller: Caller) -> Reply:
        return await caller.form(**fields)

    reply = with_caller(act, result)
    root = parsed(reply.body)
    assert root.tag == f"{NAMESPACE}ErrorResponse"
    assert root.findtext(f"{NAMESPACE}RequestId") == reply.headers["x-amzn-RequestId"]
    told = [root.findtext(f"{NAMESPACE}Error/{NAMESPACE}{name}") or "" for name in ("Type", "Code", "Message")]
    return reply.status, told[0], told[1], told[2]


#: forms → parameters, as the API Reference describes each operation's parameters
FORMS: list[tuple[dict[str, str], dict[str, Any]]] = [
    (
        {
            "Action": "CreateQueue",
            "QueueName": "q",
            "Attribute.1.Name": "VisibilityTimeout",
            "Attribute.1.Value": "40",
            "Attribute.2.Name": "Policy",
            "Attribute.2.Value": "",
            "Tag.1.Key": "a key",
            "Tag.1.Value": "a value",
        },
        {"QueueName": "q", "Attributes": {"VisibilityTimeout": "40", "Policy": ""}, "tags": {"a key": "a value"}},
    ),
    (
        {
            "Action": "SendMessage",
            "QueueUrl": "q",
            "MessageBody": "a+b & ü\r\n",
            "DelaySeconds": "45",
            "MessageAttribute.2.Name": "two.parts",
            "MessageAttribute.2.Value.DataType": "Binary",
            "MessageAttribute.2.Value.BinaryValue": "AP8=",
            "MessageAttribute.1.Name": "one",
            "MessageAttribute.1.Value.DataType": "String",
            "MessageAttribute.1.Value.StringValue": "1",
            "MessageSystemAttribute.1.Name": "AWSTraceHeader",
            "MessageSystemAttribute.1.Value.DataType": "String",
            "MessageSystemAttribute.1.Value.StringValue": "Root=1",
        },
        {
            "QueueUrl": "q",
            "MessageBody": "a+b & ü\r\n",
            "DelaySeconds": 45,
            "MessageAttributes": {
                "one": {"DataType": "String", "StringValue": "1"},
                "two.parts": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
            },
            "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}},
        },
    ),
    (
        {
            "Action": "SendMessageBatch",
            "QueueUrl": "q",
            **{f"SendMessageBatchRequestEntry.{n}.Id": f"m{n}" for n in (10, 2, 1)},
            **{f"SendMessageBatchRequestEntry.{n}.MessageBody": f"b{n}" for n in (10, 2, 1)},
            "SendMessageBatchRequestEntry.2.MessageAttribute.1.Name": "a",
            "SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.StringValue": "v",
            "SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.DataType": "String",
        },
        {
            "QueueUrl": "q",
            "Entries": [
                {"Id": "m1", "MessageBody": "b1"},
                {
                    "Id": "m2",
                    "MessageBody": "b2",
                    "MessageAttributes": {"a": {"StringValue": "v", "DataType": "String"}},
                },
                {"Id": "m10", "MessageBody": "b10"},
            ],
        },
    ),
    (
        {
            "Action": "ReceiveMessage",
            "QueueUrl": "q",
            "AttributeName": "All",
            "MessageAttributeName.1": "a.*",
            "MessageSystemAttributeName.1": "SenderId",
            "MaxNumberOfMessages": "5",
        },
        {
            "QueueUrl": "q",
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["a.*"],
            "MessageSystemAttributeNames": ["SenderId"],
            "MaxNumberOfMessages": 5,
        },
    ),
    (
        {
            "Action": "DeleteMessageBatch",
            "QueueUrl": "q",
            "DeleteMessageBatchRequestEntry.1.Id": "1",
            "DeleteMessageBatchRequestEntry.1.ReceiptHandle": "h/+=",
        },
        {"QueueUrl": "q", "Entries": [{"Id": "1", "ReceiptHandle": "h/+="}]},
    ),
    (
        {
            "Action": "ChangeMessageVisibilityBatch",
            "QueueUrl": "q",
            "ChangeMessageVisibilityBatchRequestEntry.1.Id": "1",
            "ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle": "h",
            "ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout": "0",
        },
        {"QueueUrl": "q", "Entries": [{"Id": "1", "ReceiptHandle": "h", "VisibilityTimeout": 0}]},
    ),
    (
        {
            "Action": "AddPermission",
            "QueueUrl": "q",
            "Label": "l",
            "AWSAccountId.1": "1",
            "ActionName.1": "SendMessage",
        },
        {"QueueUrl": "q", "Label": "l", "AWSAccountIds": ["1"], "Actions": ["SendMessage"]},
    ),
    (
        {"Action": "SetQueueAttributes", "QueueUrl": "q", "Attribute.Name": "DelaySeconds", "Attribute.Value": "1"},
        {"QueueUrl": "q", "Attributes": {"DelaySeconds": "1"}},
    ),
    (
        {"Action": "UntagQueue", "QueueUrl": "q", "TagKey.1": "a", "TagKey.2": "b"},
        {"QueueUrl": "q", "TagKeys": ["a", "b"]},
    ),
    (
        {
            "Action": "SetQueueAttributes",
            "QueueUrl": "q",
            "Attributes.1.Name": "DelaySeconds",
            "Attributes.1.Value": "1",
        },
        {"QueueUrl": "q", "Attributes": {"DelaySeconds": "1"}},
    ),
]


@pytest.mark.parametrize(("fields", "parameters"), FORMS, ids=[fields["Action"] for fields, _ in FORMS])
def test_a_form_becomes_parameters(fields: dict[str, str], parameters: dict[str, Any]) -> None:
    assert called(**fields) == (fields["Action"], parameters)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_queue_may_be_in_the_path_and_the_form_in_the_query_string(method: str) -> None:
    async def act(caller: Caller) -> None:
        query = urlencode({"Action": "SendMessage", "MessageBody": "a b+ü"})
        reply = await caller.send(method, f"/000000000000/q.fifo?{query}")
        assert reply.status == 200, reply.body
        url = f"{caller.url}/000000000000/q.fifo"
        assert caller.service.calls == [("SendMessage", {"QueueUrl": url, "MessageBody": "a b+ü"})]

    with_caller(act)


def test_a_result_is_xml_in_the_shape_that_sdks_parse() -> None:
    message = {
        "MessageId": "1",
        "Body": "<b>&amp;\r\n]]>ü",
        "Attributes": {"SenderId": "me", "SentTimestamp": "1"},
        "MessageAttributes": {"n": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
    }

    async def act(caller: Caller) -> Reply:
        return await caller.form(Action="ReceiveMessage", QueueUrl="q")

    reply = with_caller(act, {"Messages": [message, {"MessageId": "2"}]})
    assert reply.headers["Content-Type"] == "text/xml"
    root = parsed(reply.body)
    assert root.tag == f"{NAMESPACE}ReceiveMessageResponse"
    first, second = root.findall(f"{NAMESPACE}ReceiveMessageResult/{NAMESPACE}Message")
    assert first.findtext(f"{NAMESPACE}Body") == "<b>&amp;\r\n]]>ü"
    attributes = [[child.text for child in one] for one in first.findall(f"{NAMESPACE}Attribute")]
    assert attributes == [["SenderId", "me"], ["SentTimestamp", "1"]]
    value = f"{NAMESPACE}MessageAttribute/{NAMESPACE}Value/{NAMESPACE}BinaryValue"
    assert first.findtext(value) == "AP8="
    assert second.findtext(f"{NAMESPACE}MessageId") == "2"
    about = root.findtext(f"{NAMESPACE}ResponseMetadata/{NAMESPACE}RequestId")
    assert about == reply.headers["x-amzn-RequestId"]


def test_a_batch_tells_what_succeeded_and_what_failed() -> None:
    failed = {"Id": "b", "SenderFault": True, "Code": "InvalidParameterValue", "Message": "a < b"}

    async def act(caller: Caller) -> Reply:
        return await caller.form(Action="SendMessageBatch", QueueUrl="q")

    reply = with_caller(act, {"Successful": [{"Id": "a", "MessageId": "1"}], "Failed": [failed]})
    text = re.sub(r"<RequestId>.*</RequestId>", "", reply.body)
    assert "<SendMessageBatchResultEntry><Id>a</Id><MessageId>1</MessageId></SendMessageBatchResultEntry>" in text
    assert "<BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault>" in text
    assert "<Message>a &lt; b</Message></BatchResultErrorEntry>" in text


def test_an_operation_without_a_result_has_its_metadata_only() -> None:
    async def act(caller: Caller) -> Reply:
        return await caller.form(Action="DeleteQueue", QueueUrl="q")

    (child,) = parsed(with_caller(act).body)
    assert child.tag == f"{NAMESPACE}ResponseMetadata"


def test_a_queue_that_is_not_there_has_the_older_protocols_name_and_words() -> None:
    """Recorded on AWS."""
    error = SqsError("QueueDoesNotExist", "The specified queue does not exist.")
    assert refused({"Action": "PurgeQueue", "QueueUrl": "q"}, error) == (
        400,
        "Sender",
        "AWS.SimpleQueueService.NonExistentQueue",
        "The specified queue does not exist for this wsdl version.",
    )


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        (
            {"Action": "SendMessage", "QueueUrl": "q"},
            "MissingParameter",
            "The request must contain the parameter MessageBody.",
        ),
        ({"Action": "FooBar"}, "InvalidAction", "The action FooBar is not valid for this endpoint."),
        (
            {"Action": "ListQueues", "Version": "2009-02-01"},
            "NoSuchVersion",
            "The requested version (2009-02-01) of service AmazonSQS does not exist",
        ),
        (
            {"Action": "ReceiveMessage", "QueueUrl": "q", "MaxNumberOfMessages": "many"},
            "InvalidParameterValue",
            "Value many for parameter MaxNumberOfMessages is invalid. Reason: Must be an integer.",
        ),
        (
            {"Action": "SetQueueAttributes", "QueueUrl": "q", "Attribute.1.Value": "1"},
            "MissingParameter",
            "The request must contain the parameter Attribute.1.Name.",
        ),
        (
            {"Action": "SetQueueAttributes", "QueueUrl": "q", "Attribute.x.Name": "1"},
            "MalformedInput",
            "Attribute.x: items are numbered, as in Attribute.1",
        ),
        (
            {"Action": "SendMessage", "QueueUrl.1": "q"},
            "MalformedInput",
            "QueueUrl is a single value",
        ),
        (
            {"Action": "SendMessage", "QueueUrl": "q", "QueueUrl.1": "q"},
            "MalformedInput",
            "QueueUrl.1 is given as a single value and as several",
        ),
        (
            {"Action": "SendMessage", "QueueUrl.1": "q", "QueueUrl": "q"},
            "MalformedInput",
            "QueueUrl is given as a single value and as several",
        ),
        (
            {"Action": "SendMessageBatch", "QueueUrl": "q", "SendMessageBatchRequestEntry.1": "x"},
            "MalformedInput",
            "SendMessageBatchRequestEntry.1 is no single value: write SendMessageBatchRequestEntry.1.Name",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(fields: dict[str, str], code: str, message: str) -> None:
    assert refused(fields) == (400, "Sender", code, message)


@pytest.mark.parametrize("action", ["\x00", "a\x0b", "<&>\r", "\ufffe", "\U0001f600"])
def test_what_is_refused_is_repeated_in_xml_that_can_be_read(action: str) -> None:
    status, _, code, message = refused({"Action": action})
    assert (status, code) == (400, "InvalidAction")
    assert message.startswith("The action ")
    assert message.endswith(" is not valid for this endpoint.")


def test_a_tag_with_a_character_that_xml_has_not_is_answered_all_the_same() -> None:
    async def act(caller: Caller) -> Reply:
        return await caller.form(Action="ListQueueTags", QueueUrl="q")

    root = parsed(with_caller(act, {"Tags": {"a\x01": "b\ud800"}}).body)
    assert [one.text for one in root.iter(f"{NAMESPACE}Key")] == ["a\ufffd"]


def test_a_request_that_names_no_operation_is_refused() -> None:
    status, _, code, _ = refused({"QueueUrl": "q"})
    assert (status, code) == (404, "UnknownOperationException")


def test_a_form_with_more_fields_than_any_call_has_is_refused() -> None:
    status, _, code, _ = refused({"Action": "ListQueues", **{f"x.{n}": "" for n in range(6_000)}})
    assert (status, code) == (400, "MalformedInput")


@pytest.mark.parametrize("body", [b"Action=ListQueues&QueueNamePrefix=\xff", b"Action=ListQueues&QueueNamePrefix=%ff"])
def test_bytes_that_are_no_text_are_refused(body: bytes) -> None:
    async def act(caller: Caller) -> Reply:
        return await caller.send("POST", "/", body, {"Content-Type": "application/x-www-form-urlencoded"})

    reply = with_caller(act)
    assert (reply.status, "<Code>MalformedInput</Code>" in reply.body) == (400, True)
