"""What becomes of a queue server's answers: all of a server's faults are one kind of error."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from emulator.event_source.records import to_record
from emulator.queues import QueueError, QueueMissingError, QueueRefusedError
from emulator.queues.remote import RemoteQueues
from emulator.queues.sqs_json import Server
from emulator.queues.template_queues import connect

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
FOUND = {"QueueUrl": "http://server/000000000000/jobs"}


def told(content: Any, status: int = 200, **headers: str) -> Answer:
    async def answer(_request: web.Request) -> web.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=json.dumps(content), headers=names)

    return answer


async def page(_request: web.Request) -> web.Response:
    return web.Response(text="<html>an error of a proxy</html>", content_type="text/html")


async def hang_up(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.close()
    return web.Response()


async def break_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"Messages": [')
    await hang_up(request)
    return response


class SqsServer:
    """Answers each operation with what is next in its list, and at the end with nothing to report."""

    def __init__(self, **answers: list[Answer]) -> None:
        self.answers = {"GetQueueUrl": [told(FOUND)], **answers}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[Any] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        operation = request.headers["X-Amz-Target"].removeprefix("AmazonSQS.")
        self.calls.append((operation, json.loads(await request.read())))
        self.headers.append(request.headers)
        left = self.answers.get(operation)
        return await (left.pop(0) if left else told({}))(request)

    def use(self, act: Callable[[RemoteQueues], Awaitable[Any]]) -> Any:
        """Run `act` with queues on this server."""

        async def run() -> Any:
            app = web.Application()
            app.router.add_post("/", self.answer)
            async with TestServer(app) as server:
                there = Server(f"http://127.0.0.1:{server.port}", "eu-west-1")
                async with connect(there, {}) as queues:
                    return await act(queues)

        return asyncio.run(run())

    def deleted(self) -> list[str]:
        calls = [content for operation, content in self.calls if operation == "DeleteMessageBatch"]
        return [entry["ReceiptHandle"] for entry in calls[-1]["Entries"]]


async def receive(queues: RemoteQueues) -> list[Any]:
    return await queues.receive("jobs", maximum=10, wait_s=0)


FAULTS = {
    "connection closed": hang_up,
    "answer broken off": break_off,
    "no JSON": page,
    "no object": told([]),
    "internal error": told({"__type": "InternalFailure", "message": "oh"}, 500),
    "refused": told({"__type": "com.amazonaws.sqs#InvalidParameterValue", "Message": "oh"}, 400),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_servers_fault_is_a_queue_error_that_names_the_call(fault: Answer) -> None:
    with pytest.raises(QueueError, match="ReceiveMessage") as raised:
        SqsServer(ReceiveMessage=[fault, fault]).use(receive)  # a call without an answer is sent once more
    assert not isinstance(raised.value, QueueMissingError)
    assert isinstance(raised.value, QueueRefusedError) == (fault is FAULTS["refused"])


def test_nobody_at_the_address_is_a_queue_error() -> None:
    async def ask() -> None:
        async with connect(Server("http://127.0.0.1:1", "us-east-1"), {}) as queues:
            await receive(queues)

    with pytest.raises(QueueError, match=r"GetQueueUrl at http://127\.0\.0\.1:1: .*connect"):
        asyncio.run(ask())


@pytest.mark.parametrize(
    "answer",
    [
        told({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "Message": "no"}, 400),  # ElasticMQ
        told({"__type": "AWS.SimpleQueueService.NonExistentQueue", "message": "no"}, 400),
        told({"__type": "x"}, 400, x_amzn_query_error="AWS.SimpleQueueService.NonExistentQueue;Sender"),
    ],
)
def test_a_queue_that_is_missing_is_an_error_of_its_own_however_it_is_spelled(answer: Answer) -> None:
    with pytest.raises(QueueMissingError):
        SqsServer(ReceiveMessage=[answer]).use(receive)


@pytest.mark.parametrize("fault", [page, hang_up, told({}, 503)], ids=["no JSON", "connection closed", "unavailable"])
def test_what_was_processed_is_deleted_though_an_answer_could_not_be_understood(
    fault: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.queues.remote.RETRY_PAUSES_S", (0,))
    server = SqsServer(DeleteMessageBatch=[fault])
    server.use(lambda queues: queues.delete("jobs", ["a", "b"]))
    assert server.deleted() == ["a", "b"]
    assert [operation for operation, _ in server.calls] == ["GetQueueUrl", "DeleteMessageBatch", "DeleteMessageBatch"]


def test_only_what_the_server_failed_to_delete_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.queues.remote.RETRY_PAUSES_S", (0,))
    failed = [{"Id": "0", "SenderFault": True}, {"Id": "1", "SenderFault": False}]
    server = SqsServer(DeleteMessageBatch=[told({"Failed": failed})])
    server.use(lambda queues: queues.delete("jobs", ["expired", "busy", "done"]))
    assert server.deleted() == ["busy"]


def test_a_call_says_that_it_means_sqs() -> None:
    """A server of several services tells by the signature's scope which is meant."""
    server = SqsServer()
    server.use(receive)
    headers = server.headers[-1]
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert "/eu-west-1/sqs/aws4_request" in headers["Authorization"]


def test_a_poll_that_is_given_up_is_left_to_end_and_what_it_brings_is_made_visible() -> None:
    """The server does not notice that its caller has gone; the message would be hidden from everybody."""

    async def give_up(queues: RemoteQueues) -> None:
        poll = asyncio.ensure_future(queues.receive("jobs", maximum=10, wait_s=1))
        await asked.wait()
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)
        assert poll.cancelled()

    async def bring(_request: web.Request) -> web.Response:
        asked.set()
        await asyncio.sleep(0)
        return web.Response(body=json.dumps({"Messages": [message("m")]}))

    asked = asyncio.Event()
    server = SqsServer(ReceiveMessage=[bring])
    server.use(give_up)
    operation, arguments = server.calls[-1]
    assert operation == "ChangeMessageVisibilityBatch"
    assert arguments["Entries"] == [{"Id": "0", "ReceiptHandle": "m", "VisibilityTimeout": 0}]


def message(name: str, **attributes: Any) -> dict[str, Any]:
    return {"MessageId": name, "ReceiptHandle": name, "Body": "b", "MD5OfBody": "m", "MessageAttributes": attributes}


def record(received: Any) -> dict[str, Any]:
    return to_record(received, queue_arn="arn:aws:sqs:r:1:q", region="r")


def test_es03_binary_attributes_are_those_that_were_sent() -> None:
    """SQS's JSON has them base64-encoded, and so has the record."""
    binary = base64.b64encode(bytes(range(256))).decode()
    sent = message("m", B={"DataType": "Binary", "BinaryValue": binary}, S={"DataType": "String", "StringValue": "s"})
    (received,) = SqsServer(ReceiveMessage=[told({"Messages": [sent]})]).use(receive)
    assert received["MessageAttributes"]["B"]["BinaryValue"] == bytes(range(256))
    assert record(received)["messageAttributes"]["B"]["binaryValue"] == binary
    assert record(received)["messageAttributes"]["S"]["stringValue"] == "s"


@pytest.mark.parametrize("value", ["no base64!", "YQ", 7, None])
def test_a_binary_attribute_that_cannot_be_decoded_makes_its_own_record_fail_alone(value: Any) -> None:
    odd = message("odd", B={"DataType": "Binary", "BinaryValue": value})
    answer = told({"Messages": [message("before"), odd, None, message("after")]})
    received = SqsServer(ReceiveMessage=[answer]).use(receive)
    assert [one["MessageId"] for one in received] == ["before", "odd", "after"]
    assert [record(received[0])["body"], record(received[2])["body"]] == ["b", "b"]
    with pytest.raises(TypeError):
        record(received[1])
