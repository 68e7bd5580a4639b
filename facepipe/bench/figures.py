"""A run's rows → its figures, as pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from facepipe.client.photo_rows import Row
from facepipe.client.tables import percentile, stage_times

PERCENTILES = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Functions:
    """What the emulator knows of the functions during the run."""

    invocations: int
    cold_starts: int
    gb_s: float  #: Billed Duration of every call, the init phase included, times the function's memory


@dataclass(frozen=True, slots=True)
class Figures:
    """One run; times in ms."""

    requests: int
    completed: int
    failed: int
    duplicates: int
    sent_again: int
    throughput_per_s: float  #: from the first POST accepted to the last result in the queue
    latency_ms: Mapping[str, float]  #: from the POST accepted to the result in the response queue
    client_ms: Mapping[str, float]  #: the client's own view: from its first try to the result in its hands
    stages_ms: Mapping[str, Mapping[str, float]]  #: detection, waiting in the queue, recognition

    def to_json(self) -> dict[str, Any]:
        """Return them as JSON has them."""
        return asdict(self)


def figures(rows: Sequence[Row]) -> Figures:
    """Return the figures of a run's rows."""
    done = completed(rows)
    stages = [stage_times(row.answer) for row in done if row.answer]
    return Figures(
        requests=len(rows),
        completed=sum(row.completed for row in rows),
        failed=sum(not row.completed for row in rows),
        duplicates=sum(row.duplicates for row in rows),
        sent_again=sum(row.attempts - 1 for row in rows),
        throughput_per_s=round(_throughput(done), 2),
        latency_ms=distribution([latency for row in done if (latency := queue_latency_ms(row)) is not None]),
        client_ms=distribution([row.total_ms for row in done]),
        stages_ms={
            name: distribution([stage[name] for stage in stages if name in stage])
            for name in ("detection", "queue", "recognition")
        },
    )


def completed(rows: Sequence[Row]) -> list[Row]:
    """Return the rows with a result, by when their POST was accepted."""
    return sorted((row for row in rows if row.completed), key=accepted_ms)


def accepted_ms(row: Row) -> float:
    """Return when the POST was accepted, since the epoch; where no message says it, when the client began to post."""
    known = row.answer.number("accepted_ms") if row.answer else None
    return row.started_ms if known is None else known


def queue_latency_ms(row: Row) -> float | None:
    """Return the time from the POST accepted to the result in the response queue; None where no message says it."""
    return row.answer.latency_ms if row.answer else None


def latency_ms(row: Row) -> float:
    """Return the latency by the messages' times; where they have none, the client's own view."""
    known = queue_latency_ms(row)
    return row.total_ms if known is None else known


def median_row(rows: Sequence[Row]) -> Row | None:
    """Return the completed request whose latency is the median."""
    ordered = sorted(completed(rows), key=latency_ms)
    return ordered[(len(ordered) - 1) // 2] if ordered else None


def distribution(values: Sequence[float]) -> dict[str, float]:
    """Return average, percentiles (nearest rank) and the largest; nothing of none."""
    if not values:
        return {}
    ranks = {f"p{percent}": round(percentile(values, percent), 1) for percent in PERCENTILES}
    return {"average": round(sum(values) / len(values), 1), **ranks, "most": round(max(values), 1)}


def _throughput(done: Sequence[Row]) -> float:
    answers = [row.answer for row in done if row.answer]
    if not answers:
        return 0.0
    span_ms = max(answer.sent_ms for answer in answers) - accepted_ms(done[0])
    return len(answers) / span_ms * 1000 if span_ms > 0 else 0.0
