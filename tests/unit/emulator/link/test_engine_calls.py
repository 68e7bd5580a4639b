"""Our ends of the engines against a server that answers oddly: a call has an outcome, or its engine is gone."""

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer, unused_port

from emulator.environments.environment import Engine
from emulator.failures import EngineGoneError, ExhaustedError
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.link.rie import RieClient
from emulator.link.runtime_api import RuntimeApi
from emulator.link.supervisor_connections import NotConnectedError, SupervisorAnswer, SupervisorConnections

CALL = Invocation("f", "r-1", b"{}", "Root=1-a")
MakeEngine = Callable[[str], AbstractAsyncContextManager[Engine]]


@asynccontextmanager
async def rie(address: str) -> AsyncIterator[Engine]:
    async with aiohttp.ClientSession() as http:
        yield RieClient(http, address, "t", 3)


@asynccontextmanager
async def runtime_api(address: str) -> AsyncIterator[Engine]:
    async with SupervisorConnections() as connections:
        yield RuntimeApi(connections, address, "t", 3, "arn:aws:lambda:us-east-1:000000000000:function:f")


both_engines = pytest.mark.parametrize("engine", [rie, runtime_api])


def call(
    engine: MakeEngine,
    answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
    invocation: Invocation = CALL,
) -> Outcome:
    async def scenario() -> Outcome:
        async with RawTestServer(answer) as server, engine(f"{server.host}:{server.port}") as opened:
            return await opened.call(invocation)

    return asyncio.run(scenario())


def answering(**headers: str) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(body=b"1", headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Facepipe_Outcome": "success"},
        {"Facepipe_Duration_Ms": "1"},
        {"Facepipe_Outcome": "splendid", "Facepipe_Duration_Ms": "1"},
        {"Facepipe_Outcome": "success", "Facepipe_Duration_Ms": "long"},
    ],
)
def test_an_answer_that_no_supervisor_gives_is_a_crash_that_quotes_it(headers: dict[str, str]) -> None:
    outcome = call(runtime_api, answering(**headers))
    assert outcome.kind is OutcomeKind.CRASH
    assert "its supervisor answered" in outcome.reason
    assert "b'1'" in outcome.reason


def test_the_answer_of_a_supervisor_is_the_outcome() -> None:
    outcome = call(runtime_api, answering(Facepipe_Outcome="success", Facepipe_Duration_Ms="1.5"))
    assert (outcome.kind, outcome.payload, outcome.duration_ms) == (OutcomeKind.SUCCESS, b"1", 1.5)


@both_engines
def test_a_connection_that_breaks_during_a_call_may_have_brought_it_to_the_function(
    engine: MakeEngine,
) -> None:
    async def cut(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "10"})
        await response.prepare(request)
        assert request.transport
        request.transport.close()
        return response

    with pytest.raises(EngineGoneError, match="broke") as raised:
        call(engine, cut)
    assert raised.value.taken


@both_engines
def test_a_call_that_reaches_nobody_was_not_seen_by_the_function(
    engine: MakeEngine,
) -> None:
    async def scenario() -> Outcome:
        async with engine(f"127.0.0.1:{unused_port()}") as opened:
            return await opened.call(CALL)

    with pytest.raises(EngineGoneError, match="broke") as raised:
        asyncio.run(scenario())
    assert not raised.value.taken


def test_an_error_of_the_operating_system_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def post(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    async def scenario() -> Outcome:
        async with aiohttp.ClientSession() as http:
            return await RieClient(http, "127.0.0.1:1", "t", 3).call(CALL)

    monkeypatch.setattr(aiohttp.ClientSession, "post", post)
    outcome = asyncio.run(scenario())
    assert outcome.kind is OutcomeKind.CRASH
    assert "Too many open files" in outcome.reason


def test_a_supervisor_that_this_process_cannot_reach_for_want_of_descriptors_is_asked_again() -> None:
    class Connections(SupervisorConnections):
        async def post(self, *_: object) -> SupervisorAnswer:
            raise NotConnectedError("Too many open files", errno.EMFILE)

    with pytest.raises(ExhaustedError, match="Too many open files"):
        asyncio.run(RuntimeApi(Connections(), "127.0.0.1:1", "t", 3, "arn").call(CALL))
