"""The query protocol over HTTP, as SDKs spoke until 2023: forms in, XML out. Words and codes as recorded on AWS."""

import hashlib
import xml.etree.ElementTree as ET

import httpx
import pytest

from tests.queues.conftest import Sqs
from tests.queues.servers import QueueServer, name

SPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"


def ask(server: QueueServer, path: str = "/", **fields: str) -> tuple[int, ET.Element]:
    answer = httpx.post(server.endpoint + path, data={"Version": "2012-11-05", **fields}, timeout=60)
    assert answer.headers["content-type"].startswith("text/xml")
    return answer.status_code, ET.fromstring(answer.text)  # noqa: S314  # from our own server


def text(root: ET.Element, *path: str) -> str:
    found = root.findtext("/".join(SPACE + part for part in path))
    assert found is not None, ET.tostring(root)
    return found


def test_a_message_is_sent_and_received(server: QueueServer, sqs: Sqs) -> None:
    url = sqs.make()
    status, sent = ask(
        server,
        Action="SendMessage",
        QueueUrl=url,
        MessageBody="a <b> & ü\r\nc",
        **{
            "MessageAttribute.1.Name": "n",
            "MessageAttribute.1.Value.DataType": "Binary",
            "MessageAttribute.1.Value.BinaryValue": "AP8=",
        },
    )
    assert status == 200
    digest = hashlib.md5("a <b> & ü\r\nc".encode(), usedforsecurity=False).hexdigest()
    assert text(sent, "SendMessageResult", "MD5OfMessageBody") == digest
    assert text(sent, "ResponseMetadata", "RequestId")
    _, received = ask(
        server,
        Action="ReceiveMessage",
        QueueUrl=url,
        **{"MessageAttributeName.1": "All", "AttributeName.1": "SenderId"},
    )
    message = ("ReceiveMessageResult", "Message")
    assert text(received, *message, "Body") == "a <b> & ü\r\nc"
    assert text(received, *message, "Attribute", "Name") == "SenderId"
    assert text(received, *message, "MessageAttribute", "Value", "BinaryValue") == "AP8="
    status, _ = ask(
        server, Action="DeleteMessage", QueueUrl=url, ReceiptHandle=text(received, *message, "ReceiptHandle")
    )
    assert status == 200


def test_the_queue_may_be_in_the_path(server: QueueServer, sqs: Sqs) -> None:
    url = sqs.make()
    status, _ = ask(server, url.removeprefix(server.endpoint), Action="SendMessage", MessageBody="by its path")
    assert (status, sqs.bodies(url)) == (200, ["by its path"])


def test_a_call_may_be_a_get(server: QueueServer, sqs: Sqs) -> None:
    url = sqs.make()
    answer = httpx.get(url, params={"Action": "SendMessage", "MessageBody": "a b+ü"}, timeout=60)
    assert answer.status_code == 200
    assert sqs.bodies(url) == ["a b+ü"]


def test_a_queue_is_made_with_attributes_and_a_batch_tells_what_failed(server: QueueServer) -> None:
    attributes = {"Attribute.1.Name": "MaximumMessageSize", "Attribute.1.Value": "1024"}
    _, made = ask(server, Action="CreateQueue", QueueName=name(), **attributes)
    entry = "SendMessageBatchRequestEntry"
    entries = {
        f"{entry}.1.Id": "good",
        f"{entry}.1.MessageBody": "x",
        f"{entry}.2.Id": "bad",
        f"{entry}.2.MessageBody": "x" * 1025,
    }
    url = text(made, "CreateQueueResult", "QueueUrl")
    status, sent = ask(server, Action="SendMessageBatch", QueueUrl=url, **entries)
    assert status == 200
    result = "SendMessageBatchResult"
    assert text(sent, result, "SendMessageBatchResultEntry", "Id") == "good"
    assert text(sent, result, "BatchResultErrorEntry", "Id") == "bad"
    assert text(sent, result, "BatchResultErrorEntry", "SenderFault") == "true"


@pytest.mark.parametrize(
    ("fields", "status", "code", "words"),
    [
        (
            {"Action": "PurgeQueue", "QueueUrl": "no-such-queue"},
            400,
            "AWS.SimpleQueueService.NonExistentQueue",
            "The specified queue does not exist for this wsdl version.",
        ),
        ({"Action": "FooBar"}, 400, "InvalidAction", "The action FooBar is not valid for this endpoint."),
    ],
    ids=["missing queue", "unknown action"],
)
def test_errors_have_the_older_protocols_names(
    server: QueueServer, fields: dict[str, str], status: int, code: str, words: str
) -> None:
    told, error = ask(server, **fields)
    assert (told, text(error, "Error", "Code"), text(error, "Error", "Message")) == (status, code, words)
    assert text(error, "Error", "Type") == "Sender"
    assert text(error, "RequestId")
