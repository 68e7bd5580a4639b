"""Functions' calls of further services reach the servers that the user names; others are refused with that cure."""

import asyncio
import contextlib
import http.client
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.free_ports import free_ports
from emulator.link.output_hints import NO_NAMES_IN_CONTAINERS, OutputHints
from emulator.project.project_options import ProjectOptions
from emulator.resources import Resources
from emulator.settings import Settings
from tests.emulators import emulator_of

NOTHING = Resources((), (), (), ())
ONE_TRY = Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=20)


class Recorder:
    """A server that keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, bytes]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked.append((request.method, request.raw_path, request.headers["Host"], body))
        if request.method == "GET":
            return web.Response(body=b"x" * 200_000, headers={"ETag": '"e"', "x-amz-meta-a": "b"})
        return web.Response(headers={"ETag": '"e"'})


class Breaking(Recorder):
    """A server that sets a cookie, breaks its answer to GET off, and ends the connection on DELETE."""

    def __init__(self) -> None:
        super().__init__()
        self.cookies: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.cookies.append(request.headers.get("Cookie", ""))
        assert request.transport
        if request.method == "DELETE":
            request.transport.abort()
        if request.method == "GET":
            response = web.StreamResponse(headers={"Content-Length": "1000"})
            await response.prepare(request)
            await response.write(b"x" * 10)
            request.transport.close()
            return response
        return web.Response(headers={"Set-Cookie": "session=of-one-function"})


def asked(
    call: Callable[[str], object],
    *,
    endpoint: str | None = None,
    service: str = "s3",
    server_of: Callable[[], Recorder] = Recorder,
) -> tuple[Recorder, str, object]:
    """Make a call to the functions' endpoint of an emulator that has a server for one further service."""

    async def run() -> tuple[Recorder, str, object]:
        recorder, app = server_of(), web.Application()
        app.router.add_route("*", "/{path:.*}", recorder.answer)
        ports = free_ports()
        async with TestServer(app) as server:
            url = endpoint or f"http://localhost:{server.port}"
            settings = replace(Settings(Path("none")), ports=ports, project=ProjectOptions(endpoints={service: url}))
            async with emulator_of(NOTHING, {}, settings):
                functions = f"http://127.0.0.1:{ports.functions}"
                return recorder, functions, await asyncio.to_thread(call, functions)

    return asyncio.run(run())


def client(service: str, endpoint: str, key: str = "test") -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=key,
        config=ONE_TRY,
    )


@pytest.mark.parametrize("key", ["test", "AKIAIOSFODNN7EXAMPLE"])
def test_rt21_a_call_reaches_the_named_server_as_it_was_signed(key: str) -> None:
    """Host and path are in the signature, so they stay; credentials in the code are no matter."""
    recorder, functions, _ = asked(
        lambda url: client("s3", url, key).put_object(Bucket="photos", Key="a b/ü.jpg", Body=b"photo")
    )
    ((method, path, host, body),) = recorder.asked
    assert (method, path) == ("PUT", "/photos/a%20b/%C3%BC.jpg")
    assert host == functions.removeprefix("http://")
    assert b"photo" in body


def test_rt21_an_answer_of_any_size_comes_back_with_its_headers() -> None:
    def get(url: str) -> tuple[int, dict[str, str]]:
        answer = client("s3", url).get_object(Bucket="weights", Key="net.pt")
        return len(answer["Body"].read()), answer["Metadata"]

    assert asked(get)[2] == (200_000, {"a": "b"})


def test_rt21_a_signed_link_and_a_target_name_their_service() -> None:
    def get(url: str) -> bytes:
        import urllib.request

        link = client("s3", url).generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
        with urllib.request.urlopen(link) as answer:
            return bytes(answer.read(1))

    assert asked(get)[2] == b"x"
    recorder, _, _ = asked(lambda url: client("dynamodb", url).delete_table(TableName="t"), service="dynamodb")
    assert recorder.asked[0][:2] == ("POST", "/")


@pytest.mark.parametrize(
    "path",
    [
        "//elsewhere.example/b",
        "/../b",
        "/@elsewhere.example/b",
        "@elsewhere.example/b",
        ".elsewhere.example/",
        "http://elsewhere.example/b",
    ],
)
def test_rt21_a_path_cannot_choose_another_server(path: str) -> None:
    scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"

    def call(url: str) -> int:
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
        connection.putrequest("GET", path, skip_accept_encoding=True)
        connection.putheader("Authorization", scope)
        connection.endheaders()
        with contextlib.closing(connection):
            return connection.getresponse().status

    recorder, _, status = asked(call)
    assert (status, len(recorder.asked)) in {(200, 1), (400, 0), (403, 0)}


def test_rt21_a_service_without_a_server_is_refused_by_name_with_the_cure() -> None:
    def call(url: str) -> str:
        with pytest.raises(ClientError) as error:
            client("dynamodb", url).list_tables()
        return str(error.value)

    assert "ListTables of dynamodb is not" in str(asked(call)[2])
    assert "--endpoint dynamodb=URL passes its calls on to another server" in str(asked(call)[2])


def signed(url: str, method: str) -> tuple[int, bytes]:
    scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    with contextlib.closing(connection):
        connection.request(method, "/bucket/key", headers={"Authorization": scope})
        with contextlib.closing(connection.getresponse()) as answer:
            return answer.status, answer.read()


def test_rt21_a_servers_cookies_do_not_pass_from_one_call_to_the_next() -> None:
    recorder, _, _ = asked(lambda url: [signed(url, "PUT") for _ in range(2)], server_of=Breaking)
    assert isinstance(recorder, Breaking)
    assert recorder.cookies == ["", ""]


def test_rt21_a_server_that_breaks_off_is_told_and_no_answer_looks_whole(caplog: pytest.LogCaptureFixture) -> None:
    def call(url: str) -> None:
        status, body = signed(url, "DELETE")
        assert (status, b"the server of s3 at http://localhost:" in body) == (502, True)
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            signed(url, "GET")

    asked(call, server_of=Breaking)
    assert "broke off" in caplog.text
    assert "Traceback" not in caplog.text


def test_rt21_a_server_that_does_not_answer_is_named_with_the_cure() -> None:
    def call(url: str) -> str:
        with pytest.raises(ClientError) as error:
            client("s3", url).list_buckets()
        return str(error.value)

    said = str(asked(call, endpoint="http://127.0.0.1:1")[2])
    assert "the server of s3 at http://127.0.0.1:1 cannot be reached" in said
    assert "start it, or correct --endpoint s3=…" in said


LINES = {
    "socket.gaierror: [Errno -3] Temporary failure in name resolution": "",
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='weights.example', port=443): Max retries exceeded"
    " (Caused by NameResolutionError(…))": ", weights.example",
    "curl: (6) Could not resolve host: weights.example": ", weights.example",
    "Error: getaddrinfo ENOTFOUND weights.example": ", weights.example",
}


@pytest.mark.parametrize("line", LINES)
def test_a_name_that_cannot_be_resolved_is_explained_once_for_a_function(line: str) -> None:
    hints = OutputHints(NO_NAMES_IN_CONTAINERS)
    hint = hints.of("f", line)
    assert hint.startswith(
        f"the function waits for a name that cannot be resolved{LINES[line]}: containers of functions"
    )
    assert "--network" in hint
    assert not hints.of("f", line)
    assert hints.of("g", line)
    assert not hints.of("h", "all names were resolved")


def test_an_address_of_aws_in_the_code_is_explained() -> None:
    """As boto3 reports it (botocore.exceptions.EndpointConnectionError)."""
    line = 'Could not connect to the endpoint URL: "https://sqs.us-east-1.amazonaws.com/"'
    hint = OutputHints(NO_NAMES_IN_CONTAINERS).of("f", line)
    assert hint.endswith(
        "sqs.us-east-1.amazonaws.com: AWS is at AWS_ENDPOINT_URL here: leave out endpoint_url in the code"
    )
