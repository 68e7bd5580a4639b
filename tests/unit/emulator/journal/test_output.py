"""Which line belongs to which invocation, and what Lambda says around them (RT-10)."""

import asyncio
from collections.abc import Callable

import pytest

from emulator.aws.arns import Arns
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal import output as owner
from emulator.journal.entries import Line
from emulator.journal.journal import Journal
from emulator.journal.output import Output
from emulator.journal.store import MEMORY, JournalStore, LineFilter
from emulator.resources import Function
from tests.unit.emulator.journal.requests import OTHER, TRACE

ARNS = Arns()

FUNCTION = Function("Worker", "worker", "image", ("handler",), timeout_s=3, memory_mb=256, ephemeral_storage_mb=512)
DONE = Outcome(OutcomeKind.SUCCESS, b"null", 20.25)


def invocation(number: int) -> Invocation:
    return Invocation("worker", f"r{number}", b"{}", f"Root={TRACE}")


def lines_after(act: Callable[[Output], None]) -> list[Line]:
    """What is kept when all that was done has come to its end."""

    async def run() -> list[Line]:
        journal = Journal(JournalStore(MEMORY))
        output = Output(journal, ARNS.function)
        act(output)
        await output.drain()
        lines = await journal.ask(lambda store: store.lines(LineFilter()))
        journal.close()
        return [line for _, line in lines]

    return asyncio.run(run())


def texts(lines: list[Line]) -> list[str]:
    return [f"{line.request_id} {line.text.split(chr(9))[0]}" for line in lines]


def test_rt10_an_invocations_lines_stand_between_start_and_report() -> None:
    def act(output: Output) -> None:
        output.take("e", "worker", "at import")
        output.start("e", invocation(1), FUNCTION)
        output.take("e", "worker", "hello")
        output.complete("e", "r1", 80)
        output.end("e", DONE, init_ms=None)

    assert texts(lines_after(act)) == [
        " at import",
        "r1 START RequestId: r1 Version: $LATEST",
        "r1 hello",
        "r1 END RequestId: r1",
        "r1 REPORT RequestId: r1",
    ]


def test_a_line_that_comes_after_a_call_is_over_belongs_to_no_call() -> None:
    """As in the init phase that follows a crash."""

    async def run() -> str:
        journal = Journal(JournalStore(MEMORY))
        output = Output(journal, ARNS.function)
        output.start("e", invocation(1), FUNCTION)
        output.complete("e", "r1", 80)
        output.end("e", DONE, init_ms=None)
        output.take("e", "worker", "at import")
        lines = await journal.ask(lambda store: store.lines(LineFilter()))
        tail = await output.tail("e", "r1")
        journal.close()
        assert texts([line for _, line in lines])[-1] == " at import"
        return tail

    assert "at import" not in asyncio.run(run())


@pytest.mark.parametrize("marked", [True, False])
def test_lines_that_come_when_the_next_call_has_begun_belong_to_the_one_before(marked: bool) -> None:
    def act(output: Output) -> None:
        output.start("e", invocation(0), FUNCTION)
        output.complete("e", "r0", None)
        output.end("e", DONE, init_ms=None)
        output.start("e", invocation(1), FUNCTION)
        output.end("e", DONE, init_ms=None)
        output.start("e", invocation(2), FUNCTION)
        output.take("e", "worker", "late")
        if marked:
            output.complete("e", "r1", 80)
        output.take("e", "worker", "second")
        output.end("e", DONE, init_ms=None)

    found = texts(lines_after(act))
    assert "r1 late" in found
    assert ("r2 second" in found) is marked
    assert found.index("r1 REPORT RequestId: r1") < found.index("r2 START RequestId: r2 Version: $LATEST")


def test_where_nothing_marks_the_end_the_next_call_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "LAST_LINES_S", 0.0)

    async def run() -> list[Line]:
        journal = Journal(JournalStore(MEMORY))
        output = Output(journal, ARNS.function)
        output.start("e", invocation(0), FUNCTION)
        output.end("e", DONE, init_ms=None)
        await output.drain()  # nobody said that its output is complete: it is not waited for again
        for number in (1, 2):
            output.start("e", invocation(number), FUNCTION)
            output.take("e", "worker", f"line {number}")
            output.end("e", DONE, init_ms=None)
        await output.drain()
        lines = await journal.ask(lambda store: store.lines(LineFilter()))
        journal.close()
        return [line for _, line in lines]

    found = texts(asyncio.run(run()))
    assert "r1 line 1" in found
    assert "r2 line 2" in found
    assert len(found) == 3 + 8


@pytest.mark.parametrize(
    ("kind", "reason", "said", "status"),
    [
        (OutcomeKind.TIMEOUT, "late", "r1 Task timed out after 3.00 seconds", "Status: timeout"),
        (OutcomeKind.CRASH, "signal SIGKILL", "RequestId: r1 Error: signal SIGKILL Runtime.ExitError", "Status: error"),
    ],
)
def test_a_call_that_did_not_end_by_itself_says_so(kind: OutcomeKind, reason: str, said: str, status: str) -> None:
    def act(output: Output) -> None:
        output.start("e", invocation(1), FUNCTION)
        output.end("e", Outcome(kind, b"{}", 10, reason=reason), init_ms=None)
        output.interrupt("e")
        output.start("e", invocation(2), FUNCTION)
        output.take("e", "worker", "anew")
        output.interrupt("e")

    lines = lines_after(act)
    assert any(said in line.text and line.is_error for line in lines)
    assert any(status in line.text and line.is_error and line.request_id == "r1" for line in lines)
    assert "r2 anew" in texts(lines)


@pytest.mark.parametrize("key", ["level", "log_level"])
def test_rt16_an_error_line_is_known_by_either_key_of_its_level(key: str) -> None:
    """Older versions of awslambdaric write `log_level`."""

    def act(output: Output) -> None:
        output.take(
            "e", "worker", f'{{"timestamp": "2026-11-27T11:00:00Z", "{key}": "ERROR", "errorType": "ValueError"}}'
        )
        output.take("e", "worker", f'{{"timestamp": "2026-11-27T11:00:00Z", "{key}": "INFO", "message": "ERROR"}}')

    assert [line.is_error for line in lines_after(act)] == [True, False]


def test_a_structured_line_tells_its_request_its_trace_and_its_level() -> None:
    def act(output: Output) -> None:
        output.start("e", invocation(1), FUNCTION)
        output.take("e", "worker", f'{{"request_id": "photo", "trace_id": "Root={OTHER};Sampled=0"}}')
        output.take("e", "worker", '{"request_id": "photo", "level":"ERROR"}')
        output.take("e", "worker", '{"request_id": 7}')
        output.take("e", "worker", "[ERROR] it raised")
        output.interrupt("e")

    lines = lines_after(act)[1:]
    assert [(line.name, line.is_error) for line in lines] == [
        ("photo", False),
        ("photo", True),
        ("", False),
        ("", True),
    ]


def test_rt08_the_tail_is_the_last_4_kb_of_one_invocation() -> None:
    async def run() -> tuple[str, str]:
        journal = Journal(JournalStore(MEMORY))
        output = Output(journal, ARNS.function)
        output.start("e", invocation(1), FUNCTION)
        for number in range(1_000):
            output.take("e", "worker", f"line {number}")
        output.complete("e", "r1", 80)
        output.end("e", DONE, init_ms=None)
        output.start("e", invocation(2), FUNCTION)
        tails = await output.tail("e", "r1"), await output.tail("e", "nobody")
        journal.close()
        return tails

    tail, nothing = asyncio.run(run())
    assert 4_000 < len(tail.encode()) <= 4_096
    assert tail.endswith("\n")
    assert "line 999\nEND RequestId: r1\nREPORT RequestId: r1\t" in tail
    assert nothing == ""


@pytest.mark.parametrize(
    ("said", "trace"),
    [("", TRACE), (f', "trace_id": "Root={OTHER};Sampled=0"', OTHER), (', "trace_id": ""', None)],
)
def test_a_line_is_of_the_invocations_trace_unless_it_names_its_messages(said: str, trace: str | None) -> None:
    """An invocation of messages without a trace begins one, which is none of theirs."""

    async def run() -> set[str]:
        journal = Journal(JournalStore(MEMORY))
        output = Output(journal, ARNS.function)
        output.start("e", invocation(1), FUNCTION)
        output.take("e", "worker", f'{{"request_id": "photo"{said}}}')
        output.interrupt("e")
        traces = await journal.ask(lambda store: store.column("trace_id", "names", "name", ["photo"]))
        journal.close()
        return traces

    assert asyncio.run(run()) == ({trace} if trace else set())
