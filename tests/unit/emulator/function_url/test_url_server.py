"""A function URL's server over a real connection: bytes that no client library would send."""

import asyncio

import pytest
from aiohttp.test_utils import RawTestServer

from emulator.edge.edge import Edge
from emulator.events import Event, RequestAccepted, RequestAnswered
from emulator.function_url.page_access import PageAccess
from emulator.function_url.server import BODY_BYTES, UrlServer
from emulator.function_url.signature import KeyPair
from emulator.function_url.throttle import RequestRates
from emulator.function_url.url_calls import UrlCalls
from emulator.invocation import Invocation
from emulator.resources import Function, FunctionUrl
from emulator.stack.stack import LiveUrl
from tests.unit.emulator.echo import Echo

URL = FunctionUrl("Url", "f", "NONE")
URLS = {URL.id: LiveUrl(URL, 0)}
FUNCTIONS = {"f": Function("F", "f", "image", (), 3, 256, 512)}


def send(header: bytes) -> tuple[bytes, list[Invocation], list[Event]]:
    """Send a request with a header; return the answer, the calls that were made for it, and what was told."""

    async def scenario() -> bytes:
        gate = Edge.of().gate(BODY_BYTES)
        calls = UrlCalls(echo, "us-east-1", "0" * 12, KeyPair("k", "s"), RequestRates(FUNCTIONS))
        handler = UrlServer(URL.id, URLS, calls, gate, PageAccess(), events.append)
        async with RawTestServer(handler) as server:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n" + header + b"\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return answer

    echo, events = Echo(), list[Event]()
    return asyncio.run(scenario()), echo.calls, events


@pytest.mark.parametrize("value", [b"Root=1-a;Parent=\xff;Sampled=1", b"Root=1-\xff", b"\xc3\xbc"])
def test_a_trace_header_of_odd_bytes_is_cleaned_before_it_is_used(value: bytes) -> None:
    answer, (call,), events = send(b"X-Amzn-Trace-Id: " + value)
    assert answer.startswith(b"HTTP/1.1 200")
    assert call.trace_id.isascii()
    assert call.trace_id.startswith("Root=1-")
    assert f"\r\nx-amzn-trace-id: {call.trace_id}\r\n" in answer.decode()
    accepted, answered = events
    assert isinstance(accepted, RequestAccepted)
    assert isinstance(answered, RequestAnswered)
    assert accepted.trace_header == answered.trace_header == call.trace_id
