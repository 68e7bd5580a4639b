"""The queue port: what programs send to it, what the queue server gets, and what comes back."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from emulator.endpoints.queue_port import create_queue_port
from emulator.queues.forward import forwarding
from emulator.queues.sqs_json import Server

ACCOUNT = "000000000000"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PROTOCOLS = pytest.mark.parametrize("protocol", ["json", "query"])


@dataclass
class QueueServer:
    """Keeps what it gets, and answers ReceiveMessage with what is next in its list."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    messages: list[list[str]] = field(default_factory=list)  #: receipt handles
    polled: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    made_visible: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.released.set()

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        target = request.headers.get("X-Amz-Target", "")
        content = json.loads(body) if target else dict(parse_qsl(body.decode()))
        operation = target.removeprefix("AmazonSQS.") or content["Action"]
        self.calls.append((operation, content))
        self.bodies.append(body)
        self.hosts.append(request.headers["Host"])
        if operation == "ChangeMessageVisibilityBatch":
            self.made_visible.set()
        handles: list[str] = []
        if operation == "ReceiveMessage":
            self.polled.set()
            await self.released.wait()
            handles = self.messages.pop(0) if self.messages else []
        headers = {"x-amzn-RequestId": "r1"}
        if target:
            found = [{"ReceiptHandle": handle, "Body": '"ReceiptHandle": "no"'} for handle in handles]
            return web.json_response({"Messages": found} if found else {}, headers=headers)
        text = "".join(f"<Message><ReceiptHandle>{h}</ReceiptHandle></Message>" for h in handles)
        return web.Response(text=f"<R>{text}</R>", content_type="text/xml", headers=headers)

    def asked(self, operation: str) -> list[dict[str, Any]]:
        return [content for name, content in self.calls if name == operation]


@dataclass
class Port:
    """The queue port, and a program that uses it."""

    address: str
    server: QueueServer
    http: aiohttp.ClientSession

    async def post(self, protocol: str, operation: str, **fields: Any) -> bytes:
        if protocol == "json":
            headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
            data = json.dumps(fields)
        else:
            headers, data = FORM, urlencode({"Action": operation, "Version": "2012-11-05", **fields})
        async with self.http.post(self.address, data=io.BytesIO(data.encode()), headers=headers) as answer:
            assert answer.status == 200
            return await answer.read()


def with_port(act: Callable[[Port], Awaitable[Any]]) -> Any:
    """Run `act` with a queue port in front of a queue server."""

    async def run() -> Any:
        async with port() as one:
            return await act(one)

    return asyncio.run(run())


@contextlib.asynccontextmanager
async def port() -> AsyncIterator[Port]:
    server, app = QueueServer(), web.Application(client_max_size=16 << 20)
    app.router.add_post("/", server.answer)
    async with (
        TestServer(app) as behind,
        forwarding(Server(f"http://127.0.0.1:{behind.port}", "us-east-1"), ACCOUNT) as forward,
        TestServer(create_queue_port(forward, 9324), handler_cancellation=True) as front,
        aiohttp.ClientSession() as http,
    ):
        yield Port(f"http://127.0.0.1:{front.port}", server, http)


NAMES = [
    "jobs",
    "http://127.0.0.1:9324/000000000000/jobs",
    "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
    "http://elasticmq:9324/queue/jobs/",
]


@PROTOCOLS
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_a_queue_may_be_called_by_its_name_or_by_a_url_of_any_host_and_account(
    protocol: str, name: str, first: bool
) -> None:
    async def send(one: Port) -> None:
        body = 'an "odd" body: {"QueueUrl": "x"} & more, ü'
        fields = {"QueueUrl": name, "MessageBody": body}
        await one.post(protocol, "SendMessage", **(fields if first else dict(reversed(fields.items()))))
        (sent,) = one.server.asked("SendMessage")
        assert sent["QueueUrl"] == f"{one.address}/{ACCOUNT}/jobs"
        assert sent["MessageBody"] == body

    with_port(send)


def test_a_body_passes_as_it_is_where_nothing_has_to_be_changed() -> None:
    async def send(one: Port) -> None:
        url = f'{{"QueueUrl":"{one.address}/{ACCOUNT}/jobs", '
        odd = url + '"MessageBody" : "\\u00fc",  "DelaySeconds":0 }'
        headers = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}
        async with one.http.post(one.address, data=odd, headers=headers) as answer:
            assert answer.headers["x-amzn-RequestId"] == "r1"
        assert one.server.bodies == [odd.encode()]

    with_port(send)


def test_a_full_batch_passes() -> None:
    async def send(one: Port) -> None:
        entries = [{"Id": str(n), "MessageBody": "\x01" * 100_000} for n in range(10)]  # six bytes each in JSON
        await one.post("json", "SendMessageBatch", QueueUrl="jobs", Entries=entries)
        assert one.server.asked("SendMessageBatch")[0]["Entries"] == entries

    with_port(send)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_query_protocol_takes_the_queue_from_the_path(method: str) -> None:
    async def send(one: Port) -> None:
        form = {"Action": "SendMessage", "MessageBody": "a b&c"}
        where: dict[str, Any] = {"params": form} if method == "GET" else {"data": form}
        async with one.http.request(method, f"{one.address}/{ACCOUNT}/jobs", **where) as answer:
            assert answer.status == 200
        (sent,) = one.server.asked("SendMessage")
        assert sent == {**form, "QueueUrl": f"{one.address}/{ACCOUNT}/jobs"}

    with_port(send)


def test_the_queue_server_hears_the_address_that_the_caller_used() -> None:
    """Queue URLs in its answers begin with that."""

    async def ask(one: Port) -> None:
        for host in ("queues.example:9324", "[::1]:9324", "[odd"):
            headers = {"X-Amz-Target": "AmazonSQS.ListQueues", "Host": host}
            async with one.http.post(one.address, data="{}", headers=headers):
                assert one.server.hosts[-1] == host

    with_port(ask)


@PROTOCOLS
def test_a_long_poll_goes_on_as_polls_of_a_second(protocol: str) -> None:
    async def receive(one: Port) -> None:
        one.server.messages = [[], [], ["h1", "h2"]]
        answer = await one.post(protocol, "ReceiveMessage", QueueUrl="jobs", WaitTimeSeconds=20, MaxNumberOfMessages=2)
        assert b"h1" in answer
        asked = one.server.asked("ReceiveMessage")
        assert [int(one["WaitTimeSeconds"]) for one in asked] == [1, 1, 1]
        assert {int(one["MaxNumberOfMessages"]) for one in asked} == {2}

    with_port(receive)


@PROTOCOLS
def test_a_long_poll_ends_when_its_time_is_over(protocol: str) -> None:
    async def receive(one: Port) -> None:
        await one.post(protocol, "ReceiveMessage", QueueUrl="jobs", WaitTimeSeconds=5)
        assert len(one.server.asked("ReceiveMessage")) == 5

    with_port(receive)


@PROTOCOLS
@pytest.mark.parametrize(
    "fields",
    [{}, {"WaitTimeSeconds": 0}, {"WaitTimeSeconds": 21}, {"WaitTimeSeconds": 20, "ReceiveRequestAttemptId": "again"}],
    ids=["the queue's own time", "no wait", "refused by SQS", "the same messages again"],
)
def test_other_polls_go_on_as_they_are(protocol: str, fields: dict[str, Any]) -> None:
    async def receive(one: Port) -> None:
        await one.post(protocol, "ReceiveMessage", QueueUrl="jobs", **fields)
        (asked,) = one.server.asked("ReceiveMessage")
        assert {name: str(asked[name]) for name in fields} == {name: str(value) for name, value in fields.items()}
        assert len(asked) == (1 if protocol == "json" else 3) + len(fields)

    with_port(receive)


@PROTOCOLS
def test_what_comes_for_a_client_that_has_gone_is_made_visible_again(protocol: str) -> None:
    async def receive(one: Port) -> None:
        one.server.released.clear()
        one.server.messages = [["h/1", "h+2"]]
        await _leave_during_a_poll(one, protocol)
        one.server.released.set()
        await asyncio.wait_for(one.server.made_visible.wait(), 240)
        (change,) = one.server.asked("ChangeMessageVisibilityBatch")
        assert [(e["ReceiptHandle"], e["VisibilityTimeout"]) for e in change["Entries"]] == [("h/1", 0), ("h+2", 0)]
        assert change["QueueUrl"] == f"{one.address}/{ACCOUNT}/jobs"
        assert len(one.server.asked("ReceiveMessage")) == 1, "no further poll"

    with_port(receive)


def test_a_stop_waits_for_what_goes_back() -> None:
    async def run() -> QueueServer:
        async with port() as one:
            one.server.released.clear()
            one.server.messages = [["h1"]]
            await _leave_during_a_poll(one, "json")
            one.server.released.set()
        return one.server

    assert asyncio.run(run()).asked("ChangeMessageVisibilityBatch")


async def _leave_during_a_poll(one: Port, protocol: str) -> None:
    """Ask for messages, and close the connection before any have come."""
    poll = asyncio.ensure_future(one.post(protocol, "ReceiveMessage", QueueUrl="jobs", WaitTimeSeconds=20))
    await one.server.polled.wait()
    poll.cancel()
    await asyncio.gather(poll, return_exceptions=True)
    await asyncio.wait_for(_dropped(one), 240)


async def _dropped(one: Port) -> None:
    """Wait until the port has noticed that its client has gone: a call after it is answered later."""
    for _ in range(3):
        await one.post("json", "ListQueues")


@PROTOCOLS
def test_a_queue_server_that_is_down_is_an_error_that_sdks_try_again(protocol: str) -> None:
    async def run() -> tuple[int, str]:
        nobody = Server("http://127.0.0.1:1", "us-east-1")
        async with (
            forwarding(nobody, ACCOUNT) as forward,
            TestServer(create_queue_port(forward, 9324)) as front,
            aiohttp.ClientSession() as http,
        ):
            headers = {"X-Amz-Target": "AmazonSQS.ListQueues"} if protocol == "json" else FORM
            async with http.post(front.make_url("/"), data=b"{}", headers=headers) as answer:
                return answer.status, await answer.text()

    status, text = asyncio.run(run())
    assert status == 503
    assert "the queue server at http://127.0.0.1:1/ does not answer" in text
    assert ("<Code>ServiceUnavailable</Code>" in text) == (protocol == "query")


@dataclass
class ClosingServer:
    """Answers `answered` requests on each connection; closes a connection when one more arrives on it."""

    answered: int
    requests: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError), contextlib.closing(writer):
            for n in range(self.answered + 1):
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                await reader.readexactly(int(head.partition("content-length:")[2].split()[0]))
                self.requests += 1
                if n < self.answered:
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")


async def _statuses(server: ClosingServer, *bodies: bytes) -> list[int]:
    """Send bodies, one after another, through a queue port; return the statuses of the answers."""
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        behind = Server(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", "us-east-1")
        async with (
            forwarding(behind, ACCOUNT) as forward,
            TestServer(create_queue_port(forward, 9324)) as front,
            aiohttp.ClientSession() as http,
        ):
            headers = {"X-Amz-Target": "AmazonSQS.SendMessage"}
            answers = [await http.post(front.make_url("/"), data=io.BytesIO(body), headers=headers) for body in bodies]
            return [answer.status for answer in answers]


@pytest.mark.parametrize("length", [2, 1 << 20], ids=["short", "long"])
def test_a_call_is_repeated_if_the_queue_server_closed_its_idle_connection(length: int) -> None:
    body = b"{" + b" " * (length - 2) + b"}"
    server = ClosingServer(answered=1)
    assert asyncio.run(_statuses(server, body, body, body)) == [200, 200, 200]


def test_a_call_is_repeated_once_only() -> None:
    server = ClosingServer(answered=0)
    assert asyncio.run(_statuses(server, b"{}")) == [503]
    assert server.requests == 2


def test_another_service_is_refused_by_name() -> None:
    async def ask(one: Port) -> None:
        scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
        async with one.http.get(f"{one.address}/bucket", headers={"Authorization": scope}) as answer:
            assert answer.status == 501
            assert "GET /bucket of s3 is not emulated: port 9324 serves sqs" in await answer.text()

    with_port(ask)
