"""A long run's rows and samples → windows of time, and whether they stay the same. Pure."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from facepipe.bench.figures import accepted_ms, latency_ms
from facepipe.bench.held_resources import Held
from facepipe.client.photo_rows import Row
from facepipe.client.tables import percentile

THROUGHPUT_SHARE = 0.95  #: of the first third's, that the last third keeps at least
LATENCY_RATIO = 1.25  #: of the first third's p95, at most
MEMORY_RATIO, MEMORY_MB = 1.10, 8.0  #: a part may grow by so much of itself, or by so many MB
DESCRIPTORS = 8  #: that a part may have more of


@dataclass(frozen=True, slots=True)
class Sample:
    """What every part held at a moment of the run."""

    second: float  #: since the run's start
    held: Mapping[str, Held]


@dataclass(frozen=True, slots=True)
class Window:
    """The photos whose POST was accepted in one stretch of the run."""

    second: float  #: its middle, since the run's start
    photos_per_s: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class FirstAndLast:
    """One figure in the first and in the last third of the run, and whether it stayed."""

    name: str
    first: float
    last: float
    unit: str
    stayed: bool


def windows(rows: Sequence[Row], *, started_ms: float, seconds: float, window_s: float) -> list[Window]:
    """Divide the completed photos among whole windows; a window without a photo has no latency and counts as 0."""
    count = int(seconds // window_s)
    latencies: list[list[float]] = [[] for _ in range(count)]
    for row in rows:
        number = int((accepted_ms(row) - started_ms) / 1000 // window_s)
        if row.completed and 0 <= number < count:
            latencies[number].append(latency_ms(row))
    return [_window(number, window_s, values) for number, values in enumerate(latencies)]


def _window(number: int, window_s: float, values: Sequence[float]) -> Window:
    ranks = (percentile(values, 50), percentile(values, 95)) if values else (0.0, 0.0)
    return Window((number + 0.5) * window_s, len(values) / window_s, *ranks)


def compare(found: Sequence[Window], samples: Sequence[Sample]) -> list[FirstAndLast]:
    """Compare the medians of the first and of the last third; at least three windows and samples are needed."""
    rates = _thirds([window.photos_per_s for window in found])
    latencies = _thirds([window.p95_ms for window in found])
    compared = [
        FirstAndLast("throughput", *rates, "photos/s", rates[1] >= rates[0] * THROUGHPUT_SHARE),
        FirstAndLast("p95", *latencies, "ms", 0 < latencies[1] <= latencies[0] * LATENCY_RATIO),
    ]
    for part in sorted({part for sample in samples for part in sample.held}):
        held = [sample.held[part] for sample in samples if part in sample.held]
        memory = _thirds([one.memory_mb for one in held])
        most_mb = max(memory[0] * MEMORY_RATIO, memory[0] + MEMORY_MB)
        compared.append(FirstAndLast(f"memory, {part}", *memory, "MB", memory[1] <= most_mb))
        descriptors = _thirds([float(one.descriptors) for one in held])
        stayed = descriptors[1] <= descriptors[0] + DESCRIPTORS
        compared.append(FirstAndLast(f"descriptors, {part}", *descriptors, "", stayed))
    return compared


def _thirds(values: Sequence[float]) -> tuple[float, float]:
    third = max(1, len(values) // 3)
    return statistics.median(values[:third]), statistics.median(values[-third:])
