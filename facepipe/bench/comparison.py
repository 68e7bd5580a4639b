"""From what the cells measured to figures: medians, ratios, parity, and whether the targets are met. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from facepipe.bench.cell import COMPARED, DETECTION, EMBEDDING, ORIGINAL, OURS, Measured

Outputs = Mapping[str, NDArray[np.float32]]  #: "name of the input|index of the result" → the result

#: by part, threads and input: how many times as fast as the original this must be, in the same run
SPEED_TARGETS: Mapping[tuple[str, int, str], float] = {
    (DETECTION, 1, "640×480"): 5.0,
    (DETECTION, 1, "1280×720"): 5.5,
    (DETECTION, 1, "1920×1080"): 5.5,
    (EMBEDDING, 1, "1 face"): 3.0,
    (EMBEDDING, 1, "10 faces"): 2.7,
    (DETECTION, 2, "640×480"): 4.0,
    (DETECTION, 2, "1920×1080"): 2.7,
    (EMBEDDING, 2, "1 face"): 2.5,
    (EMBEDDING, 2, "10 faces"): 1.5,
}
COLD_START_TARGET = 5.0  #: times as fast
MEMORY_TARGET = 1.5  #: times as small
PARITY_BOUNDS: Mapping[str, float] = {
    "box px": 1.0,
    "confidence": 1e-3,
    "landmark px": 1.0,
    "embedding": 1e-3,
}
DETECTION_OUTPUTS = ("box px", "confidence", "landmark px")


@dataclass(frozen=True, slots=True)
class CellRun:
    """One process of one engine."""

    part: str
    threads: int
    cpus: float | None  #: the share of CPUs it was given; None for all of them
    engine: str
    measured: Measured


@dataclass(frozen=True, slots=True)
class Figure:
    """The same quantity of every engine."""

    part: str
    threads: int
    cpus: float | None
    quantity: str
    unit: str
    ours: float
    original: float
    target: float | None = None  #: the least ratio
    processor_ratio: float | None = None  #: of processor times: a busy machine changes it less
    others: Mapping[str, float] = field(default_factory=dict)  #: the further engines' values

    @property
    def ratio(self) -> float:
        """How many times as fast, or as small, as the original."""
        return self.original / self.ours

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        return None if self.target is None else self.ratio >= self.target


@dataclass(frozen=True, slots=True)
class Parity:
    """How far ours is from the original over all inputs."""

    inputs: int
    faces: int
    mismatches: tuple[str, ...]  #: inputs on which another number of faces was found
    worst: Mapping[str, float]  #: largest difference of each kind

    @property
    def held(self) -> bool:
        """Whether everything is within the bounds."""
        return not self.mismatches and all(value < PARITY_BOUNDS[kind] for kind, value in self.worst.items())


def figures(runs: Sequence[CellRun]) -> list[Figure]:
    """Return the figures of every part, number of threads and share of CPUs that ours and the original ran with."""
    result: list[Figure] = []
    for part, threads, cpus in dict.fromkeys((run.part, run.threads, run.cpus) for run in runs):
        sides: dict[str, list[Measured]] = {OURS: [], ORIGINAL: []}
        for run in runs:
            if (run.part, run.threads, run.cpus) == (part, threads, cpus):
                sides.setdefault(run.engine, []).append(run.measured)
        if not (sides[OURS] and sides[ORIGINAL]):
            continue
        for quantity, unit, target, values in _quantities(sides, (part, threads) if cpus is None else None):
            ours, original = values.pop(OURS), values.pop(ORIGINAL)
            used = [
                [median(m.processor_ms[quantity]) for m in sides[e] if quantity in m.processor_ms] for e in COMPARED
            ]
            ratio = median(used[1]) / median(used[0]) if all(used) else None
            result.append(Figure(part, threads, cpus, quantity, unit, ours, original, target, ratio, values))
    return result


def _quantities(
    sides: Mapping[str, Sequence[Measured]], cell: tuple[str, int] | None
) -> Iterable[tuple[str, str, float | None, dict[str, float]]]:
    """Yield each quantity with its target and each engine's value: the median of its processes' medians."""

    def values(quantity: Callable[[Measured], float]) -> dict[str, float]:
        return {engine: median(map(quantity, side)) for engine, side in sides.items()}

    for name in sides[OURS][0].times_ms:
        target = SPEED_TARGETS.get((*cell, name)) if cell else None
        times = {engine: median(median(run.times_ms[name]) for run in side) for engine, side in sides.items()}
        yield name, "ms", target, times
    yield "imports", "ms", None, values(lambda run: run.import_ms)
    yield "cold start", "ms", COLD_START_TARGET if cell else None, values(lambda run: run.cold_ms)
    yield "resident", "MB", MEMORY_TARGET if cell else None, values(lambda run: run.resident_mb)


def detection_parity(ours: Outputs, original: Outputs) -> Parity:
    """Compare boxes, confidences and landmarks of the same images."""
    names = sorted({key.rsplit("|", 1)[0] for key in original})
    counts = {name: (len(ours[f"{name}|0"]), len(original[f"{name}|0"])) for name in names}
    alike = [name for name in names if counts[name][0] == counts[name][1]]
    worst = {
        kind: max((_distance(ours[f"{name}|{i}"], original[f"{name}|{i}"]) for name in alike), default=0.0)
        for i, kind in enumerate(DETECTION_OUTPUTS)
    }
    mismatches = tuple(name for name in names if name not in alike)
    return Parity(len(names), sum(count for _, count in counts.values()), mismatches, worst)


def embedding_parity(ours: Outputs, original: Outputs) -> Parity:
    """Compare the embeddings of the same crops, by their distance."""
    worst = 0.0
    for key, value in original.items():
        if len(value):
            worst = max(worst, float(np.linalg.norm(ours[key] - value, axis=1).max()))
    return Parity(len(original), sum(len(value) for value in original.values()), (), {"embedding": worst})


def _distance(ours: NDArray[np.float32], original: NDArray[np.float32]) -> float:
    return float(np.abs(ours - original).max()) if ours.size else 0.0
