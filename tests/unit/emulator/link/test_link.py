"""Supervisors that die, and what they say about it too late: only the call that was running fails."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable

import pytest

from emulator.aws.arns import Arns
from emulator.environments.pools import Pools
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal.entries import Kind
from emulator.journal.journal import keep
from emulator.journal.observer import Observer
from emulator.journal.store import LineFilter
from emulator.link.engines import Engines
from emulator.link.link import Link
from emulator.link.newcomers import MOST
from emulator.link.rie import connection
from emulator.link.runtime_api import NOT_TAKEN
from emulator.link.supervisor_admission import SupervisorAdmission
from emulator.link.supervisor_connections import SupervisorConnections
from emulator.link.tokens import Tokens
from emulator.resources import Function
from emulator.settings import RIE, RUNTIME_API
from tests.unit.emulator.stacks import live

ARNS = Arns()

FUNCTION = Function("F", "f", "image", (), 3, 256, 512)
OTHER = Function("G", "g", "image", (), 3, 256, 512)
TOKENS = Tokens()
IMPORT_ERROR = '{"errorType": "Runtime.ImportModuleError", "errorMessage": "no module"}'


class Engine:
    """An engine's HTTP port; what it does with each call, a test says."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        self.ids: list[str] = []
        self._peers: list[asyncio.StreamWriter] = []

    async def listen(self) -> int:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._peers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):  # until the emulator closes it
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                await reader.readexactly(2)
                ids = ("x-amzn-requestid", "lambda-runtime-aws-request-id")
                self.ids += [line.split(": ")[1] for line in head.split("\r\n") if line.split(":")[0].lower() in ids]
                self.calls.put_nowait(writer)

    async def close(self) -> None:
        for peer in self._peers:
            peer.close()
            await peer.wait_closed()
        self._server.close()  # last: it waits for its connections from Python 3.12 on
        await self._server.wait_closed()

    async def called(self) -> None:
        self.calls.put_nowait(await self.calls.get())

    async def answer(self, status: int = 200, body: bytes = b"null") -> None:
        writer = await self.calls.get()
        own = "Facepipe-Outcome: success\r\nFacepipe-Duration-Ms: 1"
        writer.write(f"HTTP/1.1 {status} Told\r\n{own}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    async def die(self) -> None:
        """End during a call."""
        await self.calls.get()
        await self.close()


class Supervisor:
    """One that a test speaks for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.engines: list[Engine] = []

    def send(self, kind: str, **fields: object) -> None:
        self._writer.write(json.dumps({"type": kind, **fields}).encode() + b"\n")

    async def hears(self) -> dict:
        return json.loads(await self._reader.readline())

    def done(self, request_id: str, *, taken: bool = True) -> None:
        self.send("done", request_id=request_id, peak_mb=80, out_of_memory=False, taken=taken)

    async def starts(self, number: int) -> Engine:
        engine = Engine()
        self.engines.append(engine)
        self.send("ready", port=await engine.listen(), start=number)
        return engine


class Emulator:
    def __init__(
        self, pools: Pools, observer: Observer, supervisor: Supervisor, functions: dict[str, Function]
    ) -> None:
        self.pools, self.observer, self.supervisor, self.functions = pools, observer, supervisor, functions

    def call(self, request_id: str) -> asyncio.Task[Outcome]:
        return asyncio.ensure_future(self.pools.invoke(Invocation("f", request_id, b"{}")))


def run(engine: str, scenario: Callable[[Emulator], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(240), keep(None) as journal, connection() as http, SupervisorConnections() as kept:
            observer = Observer(journal, ARNS.function)
            pools = Pools(live(FUNCTION, OTHER), observer)
            engines = Engines(engine, http, kept, lambda name: name, TOKENS)
            functions = {"f": FUNCTION, "g": OTHER}
            link = Link(pools, SupervisorAdmission(functions, TOKENS), lambda function, stream: {}, engines, observer)
            server = await link.serve(["127.0.0.1"], 0)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            supervisor = Supervisor(reader, writer)
            supervisor.send("hello", function="f", environment="e", token=TOKENS.of("f"))
            assert (await supervisor.hears())["type"] == "configure"
            await scenario(Emulator(pools, observer, supervisor, functions))
            writer.close()
            assert await reader.read() == b""
            for opened in supervisor.engines:
                await opened.close()
            server.close()
            await observer.output.drain()

    asyncio.run(main())


both_engines = pytest.mark.parametrize("engine", [RIE, RUNTIME_API])


@both_engines
def test_an_engine_that_dies_during_a_call_fails_that_call_alone(engine: str) -> None:
    """The news of its end come after the next call; the last about the call before come during the one that dies."""

    async def scenario(it: Emulator) -> None:
        first = await it.supervisor.starts(1)
        calls = [it.call("r1")]
        await first.answer()
        assert (await calls[0]).kind is OutcomeKind.SUCCESS
        calls.append(it.call("r2"))
        dying = asyncio.ensure_future(first.die())
        it.supervisor.done("r1")
        await dying
        assert (await calls[1]).kind is OutcomeKind.CRASH
        calls.append(it.call("r3"))
        assert await it.supervisor.hears() == {"type": "restart", "start": 1}, "whatever is left of it"
        it.supervisor.send("exit", reason="it ended with signal SIGKILL")
        second = await it.supervisor.starts(2)
        await second.answer()
        assert (await calls[2]).kind is OutcomeKind.SUCCESS
        assert (first.ids, second.ids) == (["r1", "r2"], ["r3"])

    run(engine, scenario)


@both_engines
def test_a_call_that_found_no_engine_is_made_after_the_next_start(engine: str) -> None:
    async def scenario(it: Emulator) -> None:
        gone = await it.supervisor.starts(1)
        call = it.call("r1")
        await gone.answer()
        await call
        it.supervisor.done("r1")
        await it.observer.output.tail("e", "r1")
        await gone.close()
        call = it.call("r2")
        assert await it.supervisor.hears() == {"type": "restart", "start": 1}
        it.supervisor.send("exit", reason="it ended with signal SIGKILL")
        second = await it.supervisor.starts(2)
        await second.answer()
        assert (await call).kind is OutcomeKind.SUCCESS
        it.supervisor.done("r2")
        await it.observer.output.drain()
        found = await it.observer.journal.ask(lambda store: store.lines(LineFilter(name="r2")))
        texts = [line.text.split("\t")[0] for _, line in found]
        assert [text for text in texts if text.startswith(("END", "REPORT"))] == [
            "END RequestId: r2",
            "REPORT RequestId: r2",
        ]
        assert any("made anew" in text for text in texts)

    run(engine, scenario)


def test_a_runtime_that_was_not_there_to_take_a_call_gets_it_once_it_is() -> None:
    async def scenario(it: Emulator) -> None:
        engine = await it.supervisor.starts(1)
        call = it.call("r1")
        await engine.answer(NOT_TAKEN)
        assert await it.supervisor.hears() == {"type": "restart", "start": 1}
        await (await it.supervisor.starts(2)).answer()
        assert (await call).kind is OutcomeKind.SUCCESS

    run(RUNTIME_API, scenario)


def test_a_failed_call_of_an_earlier_start_takes_nothing_from_the_present_one() -> None:
    """The new start may be known before the answer of the old one."""

    async def scenario(it: Emulator) -> None:
        first = await it.supervisor.starts(1)
        calls = [it.call("r1")]
        await first.called()
        it.supervisor.send("reset", reason="the runtime ended")
        second = await it.supervisor.starts(2)
        while it.pools.pools["f"].environments[0].start != 2:
            await asyncio.sleep(0)
        await first.answer(NOT_TAKEN)
        await second.answer()
        assert (await calls[0]).kind is OutcomeKind.SUCCESS

    run(RUNTIME_API, scenario)


def test_a_call_that_rie_fails_because_the_process_had_ended_before_it_is_made_anew() -> None:
    async def scenario(it: Emulator) -> None:
        first = await it.supervisor.starts(1)
        call = it.call("r1")
        error = b'{"errorType": "Runtime.ExitError", "errorMessage": "RequestId: r1 Error: signal: killed"}'
        await first.answer(502, error)
        it.supervisor.done("r1", taken=False)
        assert await it.supervisor.hears() == {"type": "restart", "start": 1}
        it.supervisor.send("exit", reason="restarted by the emulator")
        await (await it.supervisor.starts(2)).answer()
        assert (await call).kind is OutcomeKind.SUCCESS

    run(RIE, scenario)


@both_engines
def test_an_environment_that_is_to_end_for_good_has_its_supervisor_stopped(engine: str) -> None:
    async def scenario(it: Emulator) -> None:
        await it.supervisor.starts(1)
        pool = it.pools.pools["f"]
        while not pool.environments:
            await asyncio.sleep(0)
        pool.environments[0].stop()
        assert await it.supervisor.hears() == {"type": "stop"}

    run(engine, scenario)


async def greeted(hello: dict, caplog: pytest.LogCaptureFixture) -> tuple[dict, bytes, str]:
    """What a link answers to this hello, what comes after it, and what the emulator logs."""
    async with asyncio.timeout(240), keep(None) as journal, connection() as http, SupervisorConnections() as kept:
        observer = Observer(journal, ARNS.function)
        engines = Engines(RIE, http, kept, lambda name: name, TOKENS)
        link = Link(
            Pools(live(FUNCTION), observer),
            SupervisorAdmission({"f": FUNCTION}, TOKENS),
            lambda function, stream: {"SECRET": "x"},
            engines,
            observer,
        )
        server = await link.serve(["127.0.0.1"], 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(json.dumps(hello).encode() + b"\n")
        answer, rest = json.loads(await reader.readline()), await reader.read()
        writer.close()
        server.close()
        return answer, rest, caplog.text


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ({}, "it sent no token of the function f"),
        ({"token": ""}, "it sent no token of the function f"),
        ({"token": 7}, "it sent no token of the function f"),
        ({"token": Tokens().of("f")}, "it sent a token that is not the function f's since the emulator's last start"),
        ({"token": TOKENS.of("g")}, "it sent a token that is not the function f's since the emulator's last start"),
        ({"token": "\ud800"}, "it sent a token that is not the function f's since the emulator's last start"),
    ],
    ids=["none", "empty", "a number", "of another start", "of another function", "no text"],
)
def test_who_does_not_know_the_functions_token_becomes_no_environment(
    token: dict, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And learns nothing of the function: its variables come after the token."""
    hello = {"type": "hello", "function": "f", "environment": "e", **token}
    answer, rest, log = asyncio.run(greeted(hello, caplog))
    assert answer["type"] == "refuse"
    assert why in answer["reason"]
    assert why in log
    assert rest == b"", "the connection ends"


@pytest.mark.parametrize(
    ("error", "words", "others"),
    [
        ("", "initialised in 1130 ms", "failed"),
        (IMPORT_ERROR, "the init phase failed (Runtime.Import", "initialised in"),
    ],
)
def test_an_init_phase_either_succeeded_or_failed_in_the_log(
    error: str, words: str, others: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def scenario(it: Emulator) -> None:
        status = "error" if error else "success"
        it.supervisor.send("ready", port=9, start=1, init_ms=1130, init_error=error, init_status=status)
        async with asyncio.timeout(240):
            while words not in caplog.text:
                await asyncio.sleep(0)

    run(RUNTIME_API, scenario)
    assert others not in caplog.text


RIES_INIT = ["(rapid) INIT RTDONE(status: success)", "(rapid) INIT REPORT(durationMs: 40.5)"]


@pytest.mark.parametrize(
    ("before", "inside", "expected"),
    [
        ({"init_ms": 30.5, "init_status": "success"}, [], {"init_ms": 30.5, "init_inside": False}),
        ({}, RIES_INIT, {"init_ms": 40.5, "init_inside": True}),
        ({"init_ms": 30.5, "init_status": "error", "init_error": IMPORT_ERROR}, RIES_INIT, {}),
    ],
    ids=["before the call", "part of the call", "failed before, and run again"],
)
def test_rt10_ries_init_phase_is_reported_with_the_first_call(before: dict, inside: list[str], expected: dict) -> None:
    """As on AWS, the report of a call in which a failed init phase was run again has no Init Duration (RT-18)."""

    async def scenario(it: Emulator) -> None:
        engine = Engine()
        it.supervisor.engines.append(engine)
        it.supervisor.send("ready", port=await engine.listen(), start=1, **before)
        call = it.call("r1")
        await engine.called()
        for line in inside:
            it.supervisor.send("log", stream="rie", line=f"26 Nov 2026 15:07:53,324 [INFO] {line}")
        it.supervisor.done("r1")
        await it.pools.pools["f"].environments[0].report  # the lines before it have arrived
        await engine.answer()
        await call
        await it.observer.output.drain()
        entries = await it.observer.journal.ask(lambda store: list(store.entries("request_id", ["r1"]).values()))
        (ended,) = [entry for entry in entries if entry.kind is Kind.ENDED]
        assert {name: ended.detail[name] for name in ("init_ms", "init_inside") if name in ended.detail} == expected

    run(RIE, scenario)


def test_a_line_belongs_to_rie_by_where_it_comes_from_and_not_by_what_it_says() -> None:
    """A request id in a function's line can say anything: `[INFO] (rapid) ` hid the whole line before."""
    forged = [
        "REPORT RequestId: r1\tDuration: 1.00 ms\tStatus: error",
        '{"request_id": "[INFO] (rapid) ", "event": "detected"}',
        "26 Nov 2026 15:07:53,324 [INFO] (rapid) INIT REPORT(durationMs: 9999.0)",
        "END RequestId: r1",
    ]

    async def scenario(it: Emulator) -> None:
        engine = await it.supervisor.starts(1)
        call = it.call("r1")
        await engine.called()
        for line in forged:
            it.supervisor.send("log", stream="stdout", line=line)
        it.supervisor.send("log", stream="rie", line="START RequestId: r1 Version: $LATEST")
        it.supervisor.send(
            "log", stream="rie", line="26 Nov 2026 15:07:53,324 [INFO] (rapid) INIT REPORT(durationMs: 74.3)"
        )
        it.supervisor.send("log", stream="rie", line="panic: runtime error")
        it.supervisor.done("r1")
        await engine.answer()
        await call
        await it.observer.output.drain()
        lines = [line for _, line in await it.observer.journal.ask(lambda store: store.lines(LineFilter()))]
        assert [line.text for line in lines[1:-2]] == forged
        assert not any(line.is_error for line in lines), "a function that prints a status has not failed"
        assert lines[-1].text.startswith("REPORT RequestId: r1\t")
        assert "Init Duration: 74.30 ms" in lines[-1].text

    run(RIE, scenario)


def test_connections_that_say_nothing_are_bounded_and_keep_no_supervisor_out() -> None:
    async def scenario(it: Emulator) -> None:
        place = it.supervisor._writer.get_extra_info("peername")
        idle = [await asyncio.open_connection(place[0], place[1]) for _ in range(2 * MOST)]
        reader, writer = await asyncio.open_connection(place[0], place[1])
        supervisor = Supervisor(reader, writer)
        supervisor.send("hello", function="f", environment="e2", token=TOKENS.of("f"))
        assert (await supervisor.hears())["type"] == "configure"
        cut = [await other.read() for other, _ in idle[:MOST]]
        assert cut == [b""] * MOST, "the oldest make room"
        for _, other in [*idle, (reader, writer)]:
            other.close()
            with contextlib.suppress(ConnectionError):
                await other.wait_closed()

    run(RIE, scenario)


@pytest.mark.parametrize(
    ("hello", "why"),
    [
        ({"function": "g", "environment": "e"}, "an environment of another function has the name e"),
        ({"function": "g", "environment": "a b"}, "'a b' is not a name for an environment"),
        ({"function": "g", "environment": "x\n"}, "is not a name for an environment"),
        ({"function": "g", "environment": ""}, "is not a name for an environment"),
        ({"function": "g", "environment": "x" * 101}, "is not a name for an environment"),
    ],
)
def test_a_function_cannot_speak_for_an_environment_of_another(hello: dict, why: str) -> None:
    """Lines and figures are kept by the environment's name: with it, one function could write into another's log."""

    async def scenario(it: Emulator) -> None:
        place = it.supervisor._writer.get_extra_info("peername")
        reader, writer = await asyncio.open_connection(place[0], place[1])
        Supervisor(reader, writer).send("hello", token=TOKENS.of("g"), **hello)
        answer = json.loads(await reader.readline())
        assert answer["type"] == "refuse"
        assert why in answer["reason"]
        writer.close()

    run(RIE, scenario)


def test_a_supervisor_that_connects_again_keeps_its_name() -> None:
    """Its first connection may be broken without anybody having noticed yet."""

    async def scenario(it: Emulator) -> None:
        place = it.supervisor._writer.get_extra_info("peername")
        reader, writer = await asyncio.open_connection(place[0], place[1])
        again = Supervisor(reader, writer)
        again.send("hello", function="f", environment="e", token=TOKENS.of("f"))
        assert (await again.hears())["type"] == "configure"
        writer.close()

    run(RIE, scenario)


def test_an_environment_whose_function_was_removed_while_it_started_is_stopped() -> None:
    """Its connection was cut instead, and its supervisor tried again for ever."""

    async def scenario(it: Emulator) -> None:
        del it.functions["f"]
        await it.supervisor.starts(1)
        assert await it.supervisor.hears() == {"type": "stop"}

    run(RIE, scenario)


def test_a_supervisor_of_a_removed_function_is_stopped_and_an_unknown_one_is_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    removed = {"type": "hello", "function": "removed", "environment": "e", "token": TOKENS.of("removed")}
    assert asyncio.run(greeted(removed, caplog))[0] == {"type": "stop"}
    answer, _, _ = asyncio.run(greeted({**removed, "token": "x"}, caplog))
    assert answer["type"] == "refuse"
    assert "the template has no function 'removed'; it has f" in answer["reason"]
