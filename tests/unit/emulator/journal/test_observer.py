"""What the journal makes of events: the entries and lines that a user sees."""

import asyncio
import time

import pytest

from emulator.aws.arns import Arns
from emulator.events import (
    EnvironmentReset,
    InvocationEnded,
    InvocationStarted,
    InvocationThrottled,
    LineWritten,
    MessageDeadLettered,
    MessageReceived,
    MessageReturned,
    OutputComplete,
    RequestAccepted,
    RequestAnswered,
)
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal.entries import Kind
from emulator.journal.journal import keep
from emulator.journal.observer import Observer, to_entry
from emulator.journal.store import LineFilter
from emulator.resources import Function

ARNS = Arns()

WORKER = Function("Worker", "worker", "image", (), timeout_s=3, memory_mb=128, ephemeral_storage_mb=512)
CALL = Invocation("worker", "id", b"{}", "Root=1-a-b;Sampled=1")


def test_an_invocation_has_its_lines_between_start_and_report_and_they_can_be_asked_for() -> None:
    async def scenario() -> tuple[list[str], str]:
        async with keep(None) as journal:
            observer = Observer(journal, ARNS.function)
            observer(InvocationStarted(CALL, "e", WORKER, waited_ms=1.0))
            observer(LineWritten("worker", "e", "hello"))
            observer(OutputComplete("e", "id", peak_mb=40))
            observer(InvocationEnded(CALL, "e", Outcome(OutcomeKind.SUCCESS, b"1", 12.5)))
            await observer.output.drain()
            lines = await journal.ask(lambda store: store.lines(LineFilter()))
            return [line.text for _, line in lines], await observer.output.tail("e", "id")

    texts, tail = asyncio.run(scenario())
    assert [text.split()[0] for text in texts] == ["START", "hello", "END", "REPORT"]
    assert "Max Memory Used: 40 MB" in texts[-1]
    assert tail == "".join(f"{text}\n" for text in texts)


def test_a_message_that_failed_keeps_what_its_sender_calls_it() -> None:
    event = MessageDeadLettered("jobs", "m", "Root=1-a-b", reason="crash", body='{"request_id": "photo-1"}')
    entry = to_entry(event)
    assert entry is not None
    assert (entry.kind, entry.message_id, entry.trace_id, entry.name) == (Kind.DEAD_LETTERED, "m", "1-a-b", "photo-1")
    assert entry.detail == {"queue": "jobs", "reason": "crash"}


def test_a_request_that_failed_keeps_why_and_its_name_and_one_that_succeeded_does_not() -> None:
    body = b'{"request_id": "photo-1"}'
    failed = to_entry(RequestAnswered("worker", "id", "Root=1-a-b", 502, 5.0, "crash", body))
    succeeded = to_entry(RequestAnswered("worker", "id", "Root=1-a-b", 200, 5.0))
    assert failed is not None
    assert succeeded is not None
    assert (failed.name, failed.text("reason")) == ("photo-1", "crash")
    assert (succeeded.name, succeeded.detail) == ("", {"status": 200, "latency_ms": 5.0})


def test_a_request_is_dated_when_it_came_in() -> None:
    entry = to_entry(RequestAccepted("worker", "id", "Root=1-a-b", 12.5, "POST", "/", 3))
    assert entry is not None
    assert (entry.kind, entry.at_ms) == (Kind.ACCEPTED, 12_500)


def test_a_request_and_a_message_are_named_by_what_they_carry() -> None:
    body = '{"request_id": "photo-1", "filename": "ada.jpg", "content": ""}'
    accepted = to_entry(RequestAccepted("worker", "id", "Root=1-a-b", 12.5, "POST", "/", 3, body.encode()))
    received = to_entry(MessageReceived("jobs", "m", body=body))
    for entry in (accepted, received):
        assert entry is not None
        assert (entry.name, entry.text("filename")) == ("photo-1", "ada.jpg")


@pytest.mark.parametrize("body", [b"", b"\xff\xd8", b'"a text"', b'{"request_id": 7, "filename": ["x"]}', b"{" * 9_999])
def test_a_body_without_a_name_is_no_mistake(body: bytes) -> None:
    entry = to_entry(RequestAccepted("worker", "id", "Root=1-a-b", 12.5, "POST", "/", len(body), body))
    assert entry is not None
    assert (entry.name, "filename" in entry.detail) == ("", False)


def test_a_message_that_comes_back_says_when() -> None:
    before = time.time() * 1000
    entry = to_entry(MessageReturned("jobs", "m", reason="crash", visible_in_s=30))
    assert entry is not None
    assert before + 30_000 <= entry.number("visible_ms") + 1 <= time.time() * 1000 + 30_002


def test_a_call_that_is_not_made_is_in_the_journal_with_its_reason() -> None:
    entry = to_entry(InvocationThrottled(CALL, "Rate Exceeded"))
    assert entry is not None
    assert (entry.kind, entry.request_id, entry.text("reason")) == (Kind.THROTTLED, "id", "Rate Exceeded")


def test_an_environment_that_starts_anew_is_in_the_journal_with_its_reason() -> None:
    entry = to_entry(EnvironmentReset("worker", "e", "its function was changed"))
    assert entry is not None
    assert (entry.kind, entry.text("reason")) == (Kind.ENVIRONMENT_ENDED, "its function was changed")
