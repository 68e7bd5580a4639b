"""HTTP at a function URL that is not as expected: of callers, and of functions' answers."""

import base64
import gzip
import json
import socket
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.conformance.conftest import Tiny
from tests.conformance.test_functions_endpoint import drain
from tests.conformance.test_url_over_http import log_line


def connected(tiny: Tiny, function: str) -> socket.socket:
    port = int(tiny.url(function).rsplit(":", 1)[1].strip("/"))
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def test_expect_100_continue_is_answered_before_the_body_is_sent(tiny: Tiny) -> None:
    head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with connected(tiny, "echo") as connection:
        connection.sendall(head.encode())
        assert connection.recv(4_096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["headers"]["content-length"] == "5"


def test_expect_of_a_body_that_is_too_large_is_refused_before_it_is_sent(tiny: Tiny) -> None:
    head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\n\r\n"
    with connected(tiny, "echo") as connection:
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        assert b"100 Continue" not in connection.recv(4_096)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", lambda body: b"no brotli: " + body)],
)
def test_a_body_reaches_the_function_as_compressed_as_it_was_sent(tiny: Tiny, encoding: str, pack) -> None:
    body = pack(b'{"a": 1}')
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    event = httpx.post(tiny.url("echo"), content=body, headers=headers, timeout=60).json()
    sent = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    assert sent == body
    assert event["headers"]["content-encoding"] == encoding
    assert event["headers"]["content-length"] == str(len(body))


def test_a_functions_compressed_answer_reaches_the_caller_as_it_is(tiny: Tiny) -> None:
    packed = base64.b64encode(gzip.compress(b"packed")).decode()
    value = {"statusCode": 200, "headers": {"Content-Encoding": "gzip"}, "body": packed, "isBase64Encoded": True}
    answer = tiny.obey(do="return", value=value)
    assert (answer.headers["content-encoding"], answer.text) == ("gzip", "packed")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("half \ud800", "half a surrogate pair"),
        ({"statusCode": 200, "body": "half \udfff"}, "half a surrogate pair"),
        ({"statusCode": 200, "body": {"deep": "\ud800"}}, "half a surrogate pair"),
        ({"half": "\ud800"}, "half a surrogate pair"),
        ({"statusCode": "²"}, r"statusCode is '\xb2'"),
        ({"statusCode": "²00"}, r"statusCode is '\xb200'"),
        ({"statusCode": 100}, "a number from 200 to 599"),
        ({"statusCode": 200, "headers": {"a": "b\0c"}}, "the header 'a'"),
        ({"statusCode": 200, "headers": {"a": "\ud800"}}, "the header 'a'"),
        ({"statusCode": 200, "headers": {"a b": "c"}}, "the header 'a b'"),
        ({"statusCode": 200, "headers": {"": "c"}}, "the header ''"),
        ({"statusCode": 200, "headers": {"ä": "c"}}, r"the header '\xe4'"),
        ({"statusCode": 200, "cookies": ["a=1\r\nSet-Cookie: b=2"]}, "the header 'set-cookie'"),
        ({"statusCode": 200, "headers": {"content-type": "a\nb"}}, "the header 'content-type'"),
    ],
)
def test_fu22_an_answer_that_http_cannot_carry_is_502_with_the_why_in_the_log(
    tiny: Tiny, value: object, why: str
) -> None:
    answer = tiny.obey(do="return", value=value)
    assert (answer.status_code, answer.text) == (502, "Internal Server Error")
    assert why in log_line(tiny, answer)
    assert tiny.obey(do="nothing").status_code == 200


@pytest.mark.parametrize("status", [200, 204, 205, 304, 599])
def test_an_answer_keeps_the_connection_usable_whatever_its_status(tiny: Tiny, status: int) -> None:
    with httpx.Client(timeout=30) as http:
        for _ in range(2):
            order = {"do": "return", "value": {"statusCode": status, "body": "a body"}}
            assert http.post(tiny.url("obey"), json=order).status_code == status
        assert http.post(tiny.url("obey"), json={"do": "nothing"}).json()["done"] == "nothing"


@pytest.mark.parametrize("trace_id", [5, None, ["a"], {"b": 1}, "\ud800", "x\ny", "Root=\x00"])
def test_a_line_whose_trace_id_is_no_text_does_not_end_a_call(tiny: Tiny, trace_id: object) -> None:
    before = tiny.environments("obey")["environments"]
    answer = tiny.obey(do="say", line={"event": "odd", "request_id": "r", "trace_id": trace_id})
    assert answer.json()["done"] == "say"
    assert tiny.obey(do="say", line={"event": "odd", "request_id": trace_id, "trace_id": trace_id}).status_code == 200
    assert tiny.environments("obey")["environments"] >= before


@pytest.mark.parametrize("header", [b"\xff\xfe", b"Root=1-\xff", b"Root=\xc3\xbc;Parent=x", b"x" * 8_000, b"Root"])
def test_a_trace_header_that_is_no_text_does_not_end_a_call(tiny: Tiny, header: bytes) -> None:
    calls = {
        tiny.stack.ports.function_url(1): ("/", b"{}", b"application/json"),
        tiny.stack.ports.api: ("/2015-03-31/functions/echo/invocations", b"{}", b"application/json"),
        tiny.stack.ports.sqs: (
            "/",
            b"Action=SendMessage&Version=2012-11-05&QueueUrl=brief&MessageBody=traced",
            b"application/x-www-form-urlencoded",
        ),
    }
    for port, (path, body, kind) in calls.items():
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(
                head.encode() + b"Content-Type: " + kind + b"\r\nX-Amzn-Trace-Id: " + header + b"\r\n\r\n" + body
            )
            answer = b"".join(iter(partial(connection.recv, 65_536), b""))
        assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert drain(tiny) == ["traced"]


def test_a_broken_body_is_400_and_ends_nothing(tiny: Tiny) -> None:
    broken = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno chunk\r\n"
    with connected(tiny, "echo") as connection:
        connection.sendall(broken)
        assert b" 400 Bad Request\r\n" in connection.recv(4_096)
    with connected(tiny, "echo") as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
        connection.sendall(b"zz\r\n")
        assert b" 400 Bad Request\r\n" in connection.recv(4_096)
    assert httpx.post(tiny.url("echo"), content="x").status_code == 200


@pytest.mark.parametrize("port", ["url", "api", "sqs"])
def test_a_body_that_breaks_while_it_is_read_is_400_at_once(tiny: Tiny, port: str) -> None:
    """The emulator reads the body when it says 100 Continue; a client that is refused does not wait for a time limit."""
    number = tiny.stack.ports.function_url(1) if port == "url" else getattr(tiny.stack.ports, port)
    path = "/2015-03-31/functions/echo/invocations" if port == "api" else "/"
    with socket.create_connection(("127.0.0.1", number), timeout=15) as connection:  # the limit is 20 s
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(4_096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"2\r\nab\r\n")
        connection.sendall(b"zz\r\n")
        answer = b"".join(iter(lambda: connection.recv(4_096), b""))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert "Traceback" not in tiny.log().split("zz")[-1]


def test_a_waiting_call_whose_caller_has_left_is_never_made_and_its_neighbours_are(tiny: Tiny, tmp_path: Path) -> None:
    """`obey` has two environments. Both are busy; of those that wait, one loses its caller, by URL and by Invoke."""
    tiny.start_both()
    left, stayed, begun = (tmp_path / name for name in ("left", "stayed", "begun"))
    write = json.dumps({"do": "write", "path": str(left)})
    with ThreadPoolExecutor(4) as pool:
        busy = [pool.submit(tiny.obey, do="sleep", seconds=1.8) for _ in range(2)]
        assert tiny.eventually(lambda: tiny.environments("obey")["busy"] == 2)
        url = connected(tiny, "obey")
        url.sendall(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(write)}\r\n\r\n{write}".encode())
        api = socket.create_connection(("127.0.0.1", tiny.stack.ports.api), timeout=30)
        event = json.dumps({"body": write})
        path = "/2015-03-31/functions/obey/invocations"
        api.sendall(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(event)}\r\n\r\n{event}".encode())
        honest = pool.submit(tiny.obey, do="write", path=str(stayed))
        assert tiny.eventually(lambda: tiny.environments("obey")["in_flight"] == 5)
        url.close()
        api.close()
        assert tiny.eventually(lambda: tiny.environments("obey")["in_flight"] <= 3)
        assert honest.result().status_code == 200
        assert [one.result().status_code for one in busy] == [200, 200]
    assert stayed.exists()
    assert not left.exists()
    url = connected(tiny, "obey")
    order = json.dumps({"do": "sleep and write", "seconds": 0.5, "path": str(begun)})
    url.sendall(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(order)}\r\n\r\n{order}".encode())
    assert tiny.eventually(lambda: tiny.environments("obey")["busy"] == 1)
    url.close()
    assert tiny.eventually(begun.exists), "a call that has begun goes on"
