"""A simulated run → its figures, as pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from facepipe.bench.figures import distribution
from facepipe.forecast.costs import CostPart, cost_parts, total
from facepipe.forecast.reached_limits import cure
from facepipe.forecast.recorder import BINS, NEVER
from facepipe.forecast.simulation import Simulation, needed_concurrency

ROWS = 12  #: stretches of time in the table


@dataclass(frozen=True, slots=True)
class Stretch:
    """What happened to the photos that came in a stretch of time."""

    start_s: float
    photos: int
    done: int
    latency_ms: Mapping[str, float]  #: from the first POST to the end of all that follows
    backlog: int  #: the most visible messages
    at_once: int  #: the most calls in flight
    cold_starts: int
    throttles: int
    dead: int


@dataclass(frozen=True, slots=True)
class ReachedFigure:
    """A limit that was reached, in words."""

    limit: str
    name: str
    first_s: float
    seconds: int  #: of the run in which it was reached
    cure: str


@dataclass(frozen=True, slots=True)
class ForecastFigures:
    """One simulated run."""

    load: str
    span_s: float
    drained_s: float  #: from the last photo until everything had come to its end
    photos: int
    done: int
    failed: int
    unfinished: int
    latency_ms: Mapping[str, float]
    stretches: Sequence[Stretch]
    functions: Mapping[str, Mapping[str, float]]
    queues: Mapping[str, Mapping[str, float]]
    limits: Sequence[ReachedFigure]
    needed: Mapping[str, int]  #: the concurrency that each function needs at the peak
    costs: Sequence[CostPart]

    @property
    def dollars(self) -> float:
        """What the run would cost."""
        return total(self.costs)

    @property
    def dollars_per_million(self) -> float:
        """What a million photos would cost, at this run's average."""
        return self.dollars / self.photos * 1_000_000 if self.photos else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return them as JSON has them."""
        return {**asdict(self), "dollars": self.dollars, "dollars_per_million": self.dollars_per_million}


def forecast_figures(simulation: Simulation) -> ForecastFigures:
    """Return the figures of a run."""
    recorder, load = simulation.recorder, simulation.load
    done = sum(moment != NEVER for moment in recorder.done)
    needed = needed_concurrency(simulation)
    account = simulation.conditions.account_concurrency
    reached = [
        ReachedFigure(
            one.limit.value,
            one.name,
            round(one.first_s, 2),
            one.seconds,
            cure(one, needed, peak=load.peak, account=account),
        )
        for one in simulation.limits.in_order()
    ]
    return ForecastFigures(
        load=load.text,
        span_s=load.span_s,
        drained_s=max(0.0, simulation.ended_s - load.span_s),
        photos=len(recorder.came),
        done=done,
        failed=sum(recorder.failed),
        unfinished=recorder.unsettled,
        latency_ms=distribution(recorder.latencies()),
        stretches=_stretches(simulation),
        functions={name: asdict(one.counts) for name, one in simulation.functions.items()},
        queues={name: asdict(one.counts) for name, one in simulation.queues.items()},
        limits=reached,
        needed=needed,
        costs=cost_parts(simulation),
    )


def _stretches(simulation: Simulation) -> Sequence[Stretch]:
    """Return the figures of each stretch of time; photos come in order, so those of one lie side by side."""
    recorder, length = simulation.recorder, simulation.load.span_s / ROWS
    own: list[list[float]] = [[] for _ in range(ROWS)]
    photos = [0] * ROWS
    for came, done in zip(recorder.came, recorder.done, strict=True):
        row = max(0, min(ROWS - 1, int(came / length)))
        photos[row] += 1
        if done != NEVER:
            own[row].append((done - came) * 1000)
    return [
        Stretch(
            start_s=row * length,
            photos=photos[row],
            done=len(own[row]),
            latency_ms=distribution(own[row]),
            backlog=max(_part(recorder.backlog, row)),
            at_once=max(_part(recorder.at_once, row)),
            cold_starts=sum(_part(recorder.cold, row)),
            throttles=sum(_part(recorder.refused, row)),
            dead=sum(_part(recorder.dead, row)),
        )
        for row in range(ROWS)
    ]


def _part(values: Sequence[int], row: int) -> Sequence[int]:
    each = BINS // ROWS
    return values[row * each : (row + 1) * each]
