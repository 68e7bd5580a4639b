"""The Function URL over real HTTP: what a caller sends is what the function sees."""

import base64
import socket

import httpx
import pytest

from tests.conformance.conftest import Tiny


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD", "OPTIONS", "PATCH", "DELETE"])
def test_fu07_all_methods_reach_the_function(tiny: Tiny, method: str) -> None:
    answer = httpx.request(method, tiny.url("echo"), timeout=30)
    assert answer.status_code == 200
    if method != "HEAD":
        assert answer.json()["requestContext"]["http"]["method"] == method


def test_fu02_fu04_fu05_headers_query_and_path_arrive_as_sent(tiny: Tiny) -> None:
    port = tiny.stack.ports.function_url(1)
    request = (
        "GET /pa2%Fth/1?multi=foo&multi=%2Fbar HTTP/1.1\r\nHost: here\r\nX-A: 1\r\nX-A: 2\r\n"
        "Extra-Headers: With WeiRd CapS\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    event = __import__("json").loads(answer.partition(b"\r\n\r\n")[2])
    assert event["rawPath"] == "/pa2%Fth/1"
    assert event["rawQueryString"] == "multi=foo&multi=%2Fbar"
    assert event["queryStringParameters"] == {"multi": "foo,/bar"}
    assert event["headers"]["x-a"] == "1,2"
    assert event["headers"]["extra-headers"] == "With WeiRd CapS"
    assert event["headers"]["host"] == "here"


def test_fu08_a_binary_body_arrives_whole(tiny: Tiny) -> None:
    body = bytes(range(256)) * 100
    event = httpx.post(tiny.url("echo"), content=body, headers={"content-type": "image/jpeg"}, timeout=30).json()
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == body


def test_fu26_the_largest_event_passes_and_one_byte_more_is_413(tiny: Tiny) -> None:
    def post(size: int) -> int:
        return httpx.post(
            tiny.url("obey"), content=b"x" * size, headers={"content-type": "text/plain"}, timeout=60
        ).status_code

    limit = 6_291_556
    size = limit - 1500
    assert post(size) != 413
    assert post(limit) == 413


def test_fu28_responses_name_request_and_trace(tiny: Tiny) -> None:
    answer = httpx.get(tiny.url("echo"), timeout=30)
    assert answer.json()["requestContext"]["requestId"] == answer.headers["x-amzn-requestid"]
    assert answer.headers["x-amzn-trace-id"].startswith("Root=1-")
