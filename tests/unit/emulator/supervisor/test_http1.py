"""What the supervisor makes of requests, well-formed and not."""

import asyncio

import pytest

from emulator.supervisor.http1 import HttpServer, Request, Response

LIMIT = 10


def exchange(sent: bytes) -> tuple[list[Request], bytes]:
    """Send bytes to a server with a limit of ten; return the requests it saw and what it answered."""
    seen: list[Request] = []

    async def answer(request: Request) -> Response:
        seen.append(request)
        return Response(200, b"ok")

    async def run() -> bytes:
        server = HttpServer(answer, LIMIT)
        reader, writer = await asyncio.open_connection("127.0.0.1", await server.streams.start("127.0.0.1", 0))
        writer.write(sent)
        writer.write_eof()
        answered = await reader.read()
        writer.close()
        await server.streams.close()
        return answered

    return seen, asyncio.run(run())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"Content-Length: 3\r\n\r\nabc", (b"abc", False)),
        (b"Content-Length: 10\r\n\r\n0123456789", (b"0123456789", False)),
        (b"Content-Length: 11\r\n\r\n0123456789x", (b"", True)),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nTrailer: x\r\n\r\n", (b"abc", False)),
        (b"Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\nghijk\r\n0\r\n\r\n", (b"", True)),
        (b"\r\n", (b"", False)),
    ],
)
def test_bodies_up_to_the_limit(body: bytes, expected: tuple[bytes, bool]) -> None:
    seen, answered = exchange(b"POST /x HTTP/1.1\r\nX-A: 1\r\n" + body)
    ((request),) = seen
    assert (request.body, request.too_large) == expected
    assert (request.method, request.path, request.headers["x-a"]) == ("POST", "/x", "1")
    assert answered.startswith(b"HTTP/1.1 200 OK\r\n")


def test_one_connection_takes_several_requests_until_told_to_close() -> None:
    one = b"GET /%d HTTP/1.1\r\n\r\n"
    last = b"GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n"
    seen, answered = exchange(one % 1 + one % 2 + last + one % 4)
    assert [request.path for request in seen] == ["/1", "/2", "/3"]
    assert answered.count(b"HTTP/1.1 200") == 3


def test_who_waits_to_be_asked_for_the_body_is_asked() -> None:
    _, answered = exchange(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx")
    assert answered.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ],
)
def test_what_is_no_http_is_a_400_and_the_end(sent: bytes) -> None:
    seen, answered = exchange(sent)
    assert not seen
    assert answered.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"])
def test_a_connection_that_ends_early_is_left(sent: bytes) -> None:
    assert exchange(sent) == ([], b"")
