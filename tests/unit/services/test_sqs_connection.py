import json
import select
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from services.outbox import BATCH_BYTES, Message, Outbox, OutboxError
from services.sqs_connection import WAITS_S, SqsCallError, SqsConnection

#: as SQS answers in AWS JSON 1.0 (its API reference: Common Errors, SendMessage)
NO_QUEUE = (400, {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "The specified queue does not exist."})
THROTTLED = (400, {"__type": "com.amazonaws.sqs#RequestThrottled", "message": "Slow down."})
TAKEN = (200, {"MessageId": "1"})
CUT: tuple[int, dict[str, str]] = (0, {})  #: the connection ends without an answer


@dataclass
class Server:
    """A queue server whose answers are prepared."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    requests: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    connections: set[tuple[str, int]] = field(default_factory=set)
    closes: bool = False  #: after each answer, without saying so
    url: str = ""


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.requests.append((dict(self.headers), body))
            state.connections.add(self.client_address)
            status, answer = state.answers.pop(0)
            self.close_connection = not status or state.closes
            if status:
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        state.url = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        http.shutdown()
        thread.join()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def sqs(server: Server, waits: list[float]) -> Iterator[SqsConnection]:
    connection = SqsConnection.of({"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key"}, f"{server.url}/0/queue")
    connection.wait = waits.append
    yield connection
    connection.close()


def test_a_call_is_sqs_json_protocol(server, sqs):
    server.answers = [TAKEN]
    assert sqs.call("SendMessage", {"MessageBody": "Grüße"}) == {"MessageId": "1"}
    ((headers, body),) = server.requests
    assert body == {"MessageBody": "Grüße"}
    assert headers["X-Amz-Target"] == "AmazonSQS.SendMessage"
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert "Credential=key/" in headers["Authorization"]
    assert "/eu-west-1/sqs/aws4_request" in headers["Authorization"]


def test_calls_share_a_connection(server, sqs):
    server.answers = [TAKEN] * 3
    for _ in range(3):
        sqs.call("SendMessage", {})
    assert len(server.connections) == 1


def test_a_connection_that_the_server_has_closed_is_replaced_at_once(server, sqs, waits):
    server.answers, server.closes = [TAKEN] * 2, True
    sqs.call("SendMessage", {})
    assert sqs._open
    select.select([sqs._open.sock], [], [], 10)  # until the end has arrived
    sqs.call("SendMessage", {})
    assert len(server.connections) == 2
    assert waits == []


@pytest.mark.parametrize("failure", [(503, {}), (429, {}), THROTTLED, CUT])
def test_a_passing_failure_is_tried_again_after_a_pause(server, sqs, waits, failure):
    server.answers = [failure, failure, TAKEN]
    assert sqs.call("SendMessage", {}) == {"MessageId": "1"}
    assert len(waits) == 2
    assert all(0 <= wait <= most for wait, most in zip(waits, WAITS_S, strict=True))


def test_the_third_failure_is_the_last(server, sqs):
    server.answers = [(500, {})] * 3
    with pytest.raises(SqsCallError, match="HTTP status 500; it was tried 3 times"):
        sqs.call("SendMessage", {})


def test_a_refusal_is_not_tried_again(server, sqs, waits):
    server.answers = [NO_QUEUE]
    with pytest.raises(SqsCallError, match=r"QueueDoesNotExist: The specified queue does not exist\."):
        sqs.call("SendMessage", {})
    assert waits == []


def test_a_server_that_is_not_there_is_named(waits):
    connection = SqsConnection.of({}, "http://127.0.0.1:1/0/queue")
    connection.wait = waits.append
    with pytest.raises(SqsCallError, match=r"http://127\.0\.0\.1:1 cannot be reached"):
        connection.call("SendMessage", {})


@pytest.mark.parametrize(
    ("variables", "endpoint"),
    [
        ({}, "https://sqs.eu-west-1.amazonaws.com"),
        ({"AWS_ENDPOINT_URL": "http://aws:9003"}, "http://aws:9003"),
        ({"AWS_ENDPOINT_URL": "http://aws:9003", "AWS_ENDPOINT_URL_SQS": "http://sqs:1/"}, "http://sqs:1"),
    ],
)
def test_the_endpoint_is_where_the_sdks_look(variables, endpoint):
    assert SqsConnection.of(variables, "https://sqs.eu-west-1.amazonaws.com/123456789012/q").endpoint == endpoint


def test_the_outbox_sends_typed_attributes_and_the_trace_header(server, sqs):
    server.answers = [TAKEN]
    Outbox(sqs, "q").send(Message("body", {"detection_ms": 1.5, "model": "casia", "empty": ""}, "Root=1-2"))
    assert server.requests[0][1] == {
        "QueueUrl": "q",
        "MessageBody": "body",
        "MessageAttributes": {
            "detection_ms": {"DataType": "Number", "StringValue": "1.5"},
            "model": {"DataType": "String", "StringValue": "casia"},
        },
        "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2"}},
    }


def test_the_outbox_names_its_queue(server, sqs):
    server.answers = [NO_QUEUE]
    with pytest.raises(OutboxError, match="the queue q did not take the message: QueueDoesNotExist"):
        Outbox(sqs, "q").send(Message("body", {}))


def test_messages_leave_in_one_call_and_keep_their_order(server, sqs):
    server.answers = [(200, {"Successful": [{"Id": "0"}, {"Id": "1"}]})]
    assert Outbox(sqs, "q").send_all([Message("a", {"n": 1}, "Root=1-2"), Message("b", {})]) == ["", ""]
    ((headers, body),) = server.requests
    assert headers["X-Amz-Target"] == "AmazonSQS.SendMessageBatch"
    assert body == {
        "QueueUrl": "q",
        "Entries": [
            {
                "Id": "0",
                "MessageBody": "a",
                "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "1"}},
                "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2"}},
            },
            {"Id": "1", "MessageBody": "b", "MessageAttributes": {}, "MessageSystemAttributes": {}},
        ],
    }


def test_only_the_refused_messages_of_a_batch_have_a_problem(server, sqs):
    refused = {"Id": "1", "Code": "InternalError", "Message": "Try again.", "SenderFault": False}
    server.answers = [(200, {"Successful": [{"Id": "0"}, {"Id": "2"}], "Failed": [refused]})]
    problems = Outbox(sqs, "q").send_all([Message(body, {}) for body in "abc"])
    assert problems == ["", "the queue q did not take the message: InternalError: Try again.", ""]


def test_every_message_of_a_batch_that_failed_has_a_problem(server, sqs):
    server.answers = [NO_QUEUE]
    problems = Outbox(sqs, "q").send_all([Message(body, {}) for body in "ab"])
    assert len(problems) == 2
    assert all("QueueDoesNotExist" in problem for problem in problems)


def test_a_message_that_the_answer_does_not_name_is_not_taken(server, sqs):
    server.answers = [(200, {"Successful": [{"Id": "0"}]}), (200, {})]
    assert Outbox(sqs, "q").send_all([Message("a", {}), Message("b", {})])[0] == ""
    (problem,) = Outbox(sqs, "q").send_all([Message("c", {})])
    assert problem == "the queue q did not take the message: its answer does not name it"


@pytest.mark.parametrize(
    ("messages", "groups"),
    [
        ([Message("m", {})] * 23, [10, 10, 3]),
        # SendMessageBatch takes 1 MiB in all, attributes included (SQS API reference)
        ([Message("m" * (BATCH_BYTES // 2), {})] * 3, [2, 1]),
        ([Message("m" * (BATCH_BYTES // 2), {"a": "b"})] * 3, [1, 1, 1]),
        ([Message("é" * (BATCH_BYTES // 4), {}), Message("m" * (BATCH_BYTES // 2 + 1), {})], [1, 1]),
        ([], []),
    ],
)
def test_a_batch_has_as_many_messages_as_sqs_takes(server, sqs, messages, groups):
    server.answers = [(200, {"Successful": [{"Id": str(index)} for index in range(count)]}) for count in groups]
    assert Outbox(sqs, "q").send_all(messages) == [""] * len(messages)
    assert [len(body["Entries"]) for _, body in server.requests] == groups
