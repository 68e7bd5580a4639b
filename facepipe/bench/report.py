"""A run's figures as a person reads them, and as the next program does."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from facepipe.bench.bound import Bound
from facepipe.bench.figures import Figures, Functions, accepted_ms
from facepipe.bench.pipeline_load import Load, PipelineRun
from facepipe.bench.prices import AS_OF, REGION, Bill
from facepipe.client.photo_rows import Row
from facepipe.client.tables import stage_times
from facepipe.client.terminal_text import shown


def show(figures: Figures, run: PipelineRun, console: Console) -> None:
    """Print counts, times and what it would cost."""
    console.print(
        f"{figures.completed}/{figures.requests} completed, {figures.failed} failed, {figures.duplicates} duplicates,"
        f" {figures.sent_again} sent again, {figures.throughput_per_s:g} photos a second",
        highlight=False,
    )
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1, 0, 0))
    view.add_column("ms")
    for heading in ("average", "p50", "p90", "p95", "p99", "most"):
        view.add_column(heading, justify="right")
    if figures.latency_ms or not figures.client_ms:  # other applications' messages have no times of their own
        view.add_row("POST accepted → result in the queue", *_cells(figures.latency_ms), style="bold")
    for stage, times in figures.stages_ms.items() if figures.latency_ms else ():
        view.add_row(f"  {stage}", *_cells(times))
    view.add_row("the client's own view", *_cells(figures.client_ms))
    console.print(view)
    if run.functions:
        bill = bill_of(run.functions, figures)
        console.print(
            f"{run.functions.invocations} invocations, {run.functions.cold_starts} cold starts,"
            f" {bill.gb_s:.2f} GB-seconds billed; on AWS ${bill.dollars:.6f}, or ${bill.dollars_per_million:.2f} for a"
            f" million photos at this machine's speed ({REGION}, x86, list prices of {AS_OF})",
            highlight=False,
            soft_wrap=True,
        )
    if run.processor_ms:
        parts = ", ".join(f"{part} {ms:.1f}" for part, ms in sorted(run.processor_ms.items(), key=lambda one: -one[1]))
        console.print(shown(f"processor time of a photo, ms: {parts}"), soft_wrap=True)
    for row in [row for row in run.rows if row.problem][:5]:
        console.print(shown(f"{row.name} ({row.request_id}): {row.problem}", "red"))
    if run.leftovers:
        console.print(shown(run.leftovers, "yellow"), soft_wrap=True)


def show_bound(bound: Bound, run: PipelineRun, in_flight: int, console: Console) -> None:
    """Print what this machine could do at most, and the run's share of it."""
    for line in bound.lines(run.processor_ms, in_flight=in_flight):
        console.print(shown(line), soft_wrap=True)


def to_json(figures: Figures, run: PipelineRun, load: Load, setting: Mapping[str, object]) -> dict[str, Any]:
    """Return everything that was measured, and what it was measured on."""
    functions = run.functions
    return {
        "bench": "pipeline",
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **setting,
        "load": asdict(load),
        "model": run.model,
        "processor_ms": dict(run.processor_ms),
        "figures": figures.to_json(),
        "functions": asdict(functions) if functions else None,
        "cost": {
            "dollars": bill_of(functions, figures).dollars,
            "dollars_per_million": bill_of(functions, figures).dollars_per_million,
            "prices": f"{REGION}, x86, {AS_OF}",
        }
        if functions
        else None,
        "requests": [_request(row) for row in run.rows],
        "median_trace": run.trace,
    }


def write(content: Mapping[str, Any], target: Path) -> None:
    """Write JSON, with its folder if need be."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def bill_of(functions: Functions, figures: Figures) -> Bill:
    """Return what the run would have cost."""
    return Bill(functions.gb_s, functions.invocations, figures.completed)


def _request(row: Row) -> dict[str, Any]:
    facts: dict[str, Any] = {"request_id": row.request_id, "name": row.name, "attempts": row.attempts}
    if row.problem or row.answer is None:
        return {**facts, "problem": row.problem}
    latency, client = row.answer.latency_ms, round(row.total_ms, 1)
    times = {"accepted_ms": accepted_ms(row), "latency_ms": latency, "client_ms": client}
    return {**facts, **times, "stages_ms": stage_times(row.answer), "duplicates": row.duplicates}


def _cells(times: Mapping[str, float] | Sequence[float]) -> list[str]:
    return [f"{value:.0f}" for value in times.values()] if isinstance(times, Mapping) and times else [""] * 6
