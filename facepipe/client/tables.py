"""Figures of rows, and of a run in two lines."""

import statistics
from collections.abc import Sequence

from facepipe.client.collect import CollectedResult
from facepipe.client.photo_rows import Row


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
    failed, waiting = sum(bool(row.problem) for row in rows), sum(not row.settled for row in rows)
    retries, duplicates = sum(row.attempts - 1 for row in rows), sum(row.duplicates for row in rows)
    text = f"{len(done)} of {len(rows)} completed, {failed} failed, "
    text += f"{waiting} not waited for, " if waiting else ""
    text += f"{retries} sent again, {duplicates} duplicate results"
    latencies = [row.answer.latency_ms for row in done if row.answer and row.answer.latency_ms is not None]
    if latencies:
        text += f"\nfrom POST accepted to result in the queue: average {statistics.fmean(latencies):.0f} ms, "
        text += f"p95 {percentile(latencies, 95):.0f} ms"
    return text


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(percent) // 100) - 1)]
