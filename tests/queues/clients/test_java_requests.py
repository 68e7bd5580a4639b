"""Requests in the form of the Java SDKs, written by hand after their documented protocols: no Java runs here.

Version 2 speaks the JSON protocol, version 1 the query protocol, to the queue's own path. Both compare the digests in
the answers with their own.
"""

import base64
import hashlib
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.queues import servers
from tests.queues.servers import QueueServer, name

SPACE = {"s": "http://queue.amazonaws.com/doc/2012-11-05/"}
SCOPE = "AWS4-HMAC-SHA256 Credential=any/20260101/eu-west-3/sqs/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture(scope="module")
def server() -> Iterator[QueueServer]:
    with servers.embedded() as one:
        yield one


def version_2(server: QueueServer, operation: str, body: str) -> httpx.Response:
    headers = {
        "Amz-Sdk-Invocation-Id": "7f6b2c9e-0e7c-4d6e-8a57-0d2d3b1c4e5f",
        "amz-sdk-request": "attempt=1; max=3",
        "Authorization": SCOPE,
        "Content-Type": "application/x-amz-json-1.0",
        "User-Agent": "aws-sdk-java/2.29.0 md/io#sync md/http#Apache ua/2.1 os/Linux lang/java#17.0.15",
        "X-Amz-Date": "20260101T000000Z",
        "X-Amz-Target": f"AmazonSQS.{operation}",
    }
    return httpx.post(f"{server.endpoint}/", content=body.encode(), headers=headers, timeout=60)


def version_1(url: str, form: str) -> httpx.Response:
    headers = {
        "amz-sdk-invocation-id": "7f6b2c9e-0e7c-4d6e-8a57-0d2d3b1c4e5f",
        "amz-sdk-retry": "0/0/500",
        "Authorization": SCOPE,
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "User-Agent": "aws-sdk-java/1.12.600 Linux/6.1 OpenJDK_64-Bit_Server_VM/17.0.15",
        "X-Amz-Date": "20260101T000000Z",
    }
    return httpx.post(url, content=form.encode(), headers=headers, timeout=60)


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_version_2_sends_and_receives(server: QueueServer) -> None:
    made = version_2(server, "CreateQueue", json.dumps({"QueueName": name(), "Attributes": {"DelaySeconds": "0"}}))
    assert made.headers["Content-Type"] == "application/x-amz-json-1.0"
    url = made.json()["QueueUrl"]
    attributes = {"n": {"DataType": "Binary", "BinaryValue": base64.b64encode(b"\x00\xff").decode()}}
    sent = version_2(
        server, "SendMessage", json.dumps({"QueueUrl": url, "MessageBody": "ü", "MessageAttributes": attributes})
    ).json()
    assert (sent["MD5OfMessageBody"], bool(sent["MD5OfMessageAttributes"])) == (md5("ü"), True)
    ask = {"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 5, "MessageAttributeNames": ["All"]}
    (message,) = version_2(server, "ReceiveMessage", json.dumps(ask)).json()["Messages"]
    assert (message["Body"], message["MD5OfBody"]) == ("ü", md5("ü"))
    assert message["MessageAttributes"] == attributes
    delete = {"QueueUrl": url, "Entries": [{"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}]}
    answer = version_2(server, "DeleteMessageBatch", json.dumps(delete)).json()
    assert answer["Successful"] == [{"Id": "0"}]


def test_version_2_reads_an_error_from_a_header_and_the_body(server: QueueServer) -> None:
    answer = version_2(server, "GetQueueUrl", json.dumps({"QueueName": name()}))
    assert (answer.status_code, answer.headers["x-amzn-RequestId"] != "") == (400, True)
    assert answer.json()["__type"] == "com.amazonaws.sqs#QueueDoesNotExist"
    assert answer.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"


def test_version_1_sends_and_receives(server: QueueServer) -> None:
    form = f"Action=CreateQueue&Version=2012-11-05&QueueName={name()}&Attribute.1.Name=DelaySeconds&Attribute.1.Value=0"
    made = version_1(f"{server.endpoint}/", form)
    url = ET.fromstring(made.text).findtext("s:CreateQueueResult/s:QueueUrl", "", SPACE)  # noqa: S314  # our own
    body = "a <b> & ü\r\n"
    form = (
        f"Action=SendMessage&Version=2012-11-05&MessageBody={quote(body, safe='')}"
        "&MessageAttribute.1.Name=n&MessageAttribute.1.Value.StringValue=1&MessageAttribute.1.Value.DataType=Number"
    )
    sent = ET.fromstring(version_1(url, form).text)  # noqa: S314  # our own
    assert sent.findtext("s:SendMessageResult/s:MD5OfMessageBody", "", SPACE) == md5(body)
    form = "Action=ReceiveMessage&Version=2012-11-05&AttributeName.1=All&MessageAttributeName.1=All&WaitTimeSeconds=5"
    received = ET.fromstring(version_1(url, form).text)  # noqa: S314  # our own
    message = received.find("s:ReceiveMessageResult/s:Message", SPACE)
    assert message is not None
    assert message.findtext("s:Body", "", SPACE) == body
    assert message.findtext("s:MessageAttribute/s:Value/s:StringValue", "", SPACE) == "1"
    handle = quote(message.findtext("s:ReceiptHandle", "", SPACE), safe="")
    deleted = version_1(url, f"Action=DeleteMessage&Version=2012-11-05&ReceiptHandle={handle}")
    assert deleted.status_code == 200


def test_version_1_reads_an_error_from_xml(server: QueueServer) -> None:
    answer = version_1(f"{server.endpoint}/000000000000/{name()}", "Action=PurgeQueue&Version=2012-11-05")
    error = ET.fromstring(answer.text)  # noqa: S314  # our own
    told = [error.findtext(f"s:Error/s:{part}", "", SPACE) for part in ("Type", "Code")]
    assert (answer.status_code, told) == (400, ["Sender", "AWS.SimpleQueueService.NonExistentQueue"])
    assert error.findtext("s:RequestId", "", SPACE) == answer.headers["x-amzn-RequestId"]
