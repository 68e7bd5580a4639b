"""A call with an init phase counts the same in REPORT, `stats`, Prometheus, `trace` and `bench`, behind either engine.

Expected values are AWS's (RT-10, RT-15): Duration is the handler's alone, Billed Duration = Init + Duration.
"""

import asyncio
import re
from typing import Any

import pytest

from emulator.aws.arns import Arns
from emulator.environments.environment import Environment
from emulator.environments.pools import Pools
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal.entries import Entry, Kind
from emulator.journal.journal import keep
from emulator.journal.observer import Observer
from emulator.journal.stats import function_figures
from emulator.journal.store import LineFilter
from emulator.journal.trace import Span, build
from emulator.resources import Function
from facepipe.bench import pipeline_load as bench
from tests.unit.emulator.environments.test_environments import Scripted
from tests.unit.emulator.stacks import live

ARNS = Arns()

INIT_MS, HANDLER_MS = 400.55, 100.25
WORKER = Function("Worker", "worker", "image", (), timeout_s=3, memory_mb=2048, ephemeral_storage_mb=512)


@pytest.fixture(params=["inside the call", "before it"])
def cold(request: pytest.FixtureRequest) -> tuple[list[Entry], str, str]:
    """A call and the init phase before it, as it is measured: entries, REPORT line and Prometheus' text.

    Behind RIE the init phase is part of a call if the function's process has ended before (docs/rie.md, RIE-5).
    """
    inside = request.param == "inside the call"
    duration_ms = HANDLER_MS + (INIT_MS if inside else 0)

    async def called(_: Invocation) -> Outcome:
        return Outcome(OutcomeKind.SUCCESS, b"null", duration_ms)

    async def run() -> tuple[list[Entry], str, str]:
        async with keep(None) as journal:
            observer = Observer(journal, ARNS.function)
            pools = Pools(live(WORKER), observer)
            environment = Environment("e", "worker", restart=lambda: None, init_ms=INIT_MS, init_inside=inside)
            pools.started(environment, Scripted(called))
            await pools.invoke(Invocation("worker", "r", b"{}"))
            await observer.output.drain()
            entries = await journal.ask(lambda store: list(store.entries("request_id", ["r"]).values()))
            lines = await journal.ask(lambda store: [line.text for _, line in store.lines(LineFilter())])
            report = next(line for line in lines if line.startswith("REPORT"))
            return entries, report, journal.counters.exposition({}, {}).decode()

    return asyncio.run(run())


def figures(entries: list[Entry]) -> dict[str, Any]:
    return function_figures({kind: [entry for entry in entries if entry.kind is kind] for kind in Kind})["worker"]


def test_report_tells_the_handlers_duration_and_bills_the_init_phase_with_it(cold) -> None:
    _, report, _ = cold
    told = {name: float(value) for name, value in re.findall(r"([A-Z][A-Za-z ]+): ([\d.]+) ms", report)}
    assert told == {"Duration": 100.25, "Billed Duration": 501, "Init Duration": 400.55}


def test_stats_agree_with_report(cold) -> None:
    entries, _, _ = cold
    found = figures(entries)
    assert found["cold_starts"] == 1
    assert found["duration_ms"]["p50"] == pytest.approx(100.25, abs=0.1)
    assert found["init_ms"]["p50"] == pytest.approx(400.55, abs=0.1)
    assert found["billed_ms"] == 501


def test_prometheus_agrees_with_report(cold) -> None:
    _, _, text = cold
    assert 'facepipe_invocation_seconds_sum{function="worker"} 0.10025' in text
    assert 'facepipe_cold_starts_total{function="worker"} 1.0' in text


def test_trace_agrees_with_report(cold) -> None:
    entries, _, _ = cold
    spans: dict[str, Span] = {span.name: span for span in build(entries).spans}
    assert spans["worker"].end_ms - spans["worker"].start_ms == pytest.approx(100.25, abs=0.01)
    if "cold start" in spans:  # the caller waited for it
        assert spans["cold start"].end_ms - spans["cold start"].start_ms == pytest.approx(400.55, abs=0.01)
        assert spans["cold start"].end_ms == spans["worker"].start_ms
    else:
        assert spans["worker"].note == "e; its init phase took 401 ms, before this call"


def test_bench_bills_what_report_bills(cold, monkeypatch: pytest.MonkeyPatch) -> None:
    entries, _, _ = cold
    answers = {
        "/stats": {"functions": {"worker": figures(entries)}},
        "/2015-03-31/functions/": {"Functions": [{"FunctionName": "worker", "MemorySize": WORKER.memory_mb}]},
    }
    monkeypatch.setattr(bench, "ask", lambda _api, path, **_query: answers[path])
    functions = bench.functions_since("http://emulator", 0.0)
    assert functions is not None
    assert (functions.invocations, functions.cold_starts) == (1, 1)
    assert functions.gb_s == pytest.approx(0.501 * 2, abs=1e-4)
