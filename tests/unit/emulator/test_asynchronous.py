"""Event invocations: two retries after failures, none used up by throttles."""

import asyncio
from collections.abc import Iterator

from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.lambda_api.asynchronous import Asynchronous

EVENT = Invocation("worker", "id", b"{}")
FAILED, DONE, THROTTLED = (
    Outcome(kind, b"{}") for kind in (OutcomeKind.FUNCTION_ERROR, OutcomeKind.SUCCESS, OutcomeKind.THROTTLED)
)


class Scripted:
    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes: Iterator[Outcome] = iter(outcomes)
        self.calls: list[str] = []

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.calls.append(invocation.request_id)
        return next(self.outcomes)


def calls(*outcomes: Outcome, stopped: bool = False) -> list[str]:
    async def scenario() -> list[str]:
        invoker = Scripted(*outcomes)
        events = Asynchronous(invoker, (0, 0))
        if stopped:
            events.stop()
        events.accept(EVENT)
        await events.drain()
        return invoker.calls

    return asyncio.run(scenario())


def test_rt08_a_success_is_the_end() -> None:
    assert calls(DONE) == ["id"]


def test_rt08_a_failure_is_tried_twice_again() -> None:
    assert calls(FAILED, FAILED, FAILED) == ["id"] * 3
    assert calls(FAILED, DONE) == ["id"] * 2


def test_rt08_a_throttle_uses_up_no_retry(monkeypatch) -> None:
    monkeypatch.setattr("emulator.lambda_api.asynchronous.THROTTLE_PAUSES_S", (0,))
    assert len(calls(THROTTLED, FAILED, THROTTLED, THROTTLED, FAILED, THROTTLED, FAILED)) == 7


def test_a_stop_drops_what_would_be_tried_again(caplog) -> None:
    assert calls(FAILED, stopped=True) == ["id"]
    assert "it is dropped" in caplog.text
