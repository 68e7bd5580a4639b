"""Shows rows as a table, and a run's figures in two lines."""

import statistics
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from facepipe.client.collect import CollectedResult
from facepipe.client.send import Row
from facepipe.client.terminal_text import shown


def table(rows: Sequence[Row]) -> Table:
    """Return one line a photo; all times in milliseconds."""
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1, 0, 0))
    view.add_column("photo", overflow="fold")
    view.add_column("result", overflow="fold")
    for heading in ("distance", "detect ms", "queue ms", "recog. ms", "total ms"):
        view.add_column(heading, justify="right")
    for row in rows:
        view.add_row(*_cells(row))
    return view


def _cells(row: Row) -> list[str | Text]:
    if row.answer is None or row.problem:
        return [shown(row.name), shown(row.problem, "red"), "", "", "", "", ""]
    stages = stage_times(row.answer)
    result = shown(row.answer.result, "yellow" if row.answer.result == "unknown" else "")
    times = [_ms(stages.get(stage)) for stage in ("detection", "queue", "recognition")]
    return [shown(row.name), result, distances(row.answer), *times, _ms(row.answer.latency_ms)]


def distances(answer: CollectedResult) -> str:
    """Return each face's distance to the nearest person in the gallery."""
    return ", ".join("–" if face.distance is None else f"{face.distance:.2f}" for face in answer.faces)


def stage_times(answer: CollectedResult) -> dict[str, float]:
    """Return where a request's time went, in ms: detection, waiting in the queue, recognition."""
    stages = {"detection": answer.number("detection_ms"), "recognition": answer.number("recognition_ms")}
    published, received = answer.number("published_ms"), answer.number("received_ms")
    if published is not None and received is not None:
        stages["queue"] = max(0.0, received - published)
    return {name: value for name, value in stages.items() if value is not None}


def summary(rows: Sequence[Row]) -> str:
    """Return counts and latencies of a run."""
    done = [row for row in rows if row.completed]
    failed = len(rows) - len(done)
    retries, duplicates = sum(row.attempts - 1 for row in rows), sum(row.duplicates for row in rows)
    text = (
        f"{len(done)} of {len(rows)} completed, {failed} failed, {retries} sent again, {duplicates} duplicate results"
    )
    latencies = [row.answer.latency_ms for row in done if row.answer and row.answer.latency_ms is not None]
    if latencies:
        text += f"\nfrom POST accepted to result in the queue: average {statistics.fmean(latencies):.0f} ms, "
        text += f"p95 {percentile(latencies, 95):.0f} ms"
    return text


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(percent) // 100) - 1)]


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
