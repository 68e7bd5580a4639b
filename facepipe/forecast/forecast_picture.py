"""A forecast as a picture: the load and what is done of it, latency, and backlog with calls in flight, over time."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from facepipe.bench.figures import distribution
from facepipe.bench.picture import BLUE, DPI, GREY, ORANGE, RED
from facepipe.forecast.recorder import BINS, NEVER
from facepipe.forecast.simulation import Simulation

SIZE_INCHES = (11, 8)
GREEN = "#2d8f5a"
UNITS = ((7_200, 3_600, "hours"), (180, 60, "minutes"), (0, 1, "seconds"))  #: from which span on, seconds, name


def draw_forecast(simulation: Simulation, title: str, target: Path) -> None:
    """Write the picture."""
    recorder, span = simulation.recorder, simulation.load.span_s
    _, unit_s, unit = next(one for one in UNITS if span >= one[0])
    middles = [(position + 0.5) * span / BINS / unit_s for position in range(BINS)]
    picture = Figure(figsize=SIZE_INCHES, layout="constrained")
    picture.suptitle(title, fontsize=11)
    load, latency, backlog = picture.subplots(3, 1, sharex=True)
    _draw_load(load, simulation, middles)
    _draw_latency(latency, simulation, middles)
    backlog.fill_between(middles, recorder.backlog, color=ORANGE, alpha=0.5, label="messages waiting")
    backlog.plot(middles, recorder.at_once, color=BLUE, label="calls in flight")
    backlog.plot(middles, recorder.cold, color=GREY, linestyle=":", label="cold starts")
    backlog.plot(middles, recorder.dead, color=RED, label="dead letters")
    backlog.set(xlabel=unit, title="queue and functions (of each stretch of time)", ylim=(0, None))
    for axes in (load, latency, backlog):
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8, loc="upper right")
    for reached in simulation.limits.in_order()[:1]:
        load.axvline(reached.first_s / unit_s, color=RED, linestyle="--", linewidth=1)
        load.annotate(f" {reached.limit.value}", (reached.first_s / unit_s, 0), fontsize=8, color=RED)
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(target, dpi=DPI)


def _draw_load(axes: Axes, simulation: Simulation, middles: Sequence[float]) -> None:
    recorder, each_s = simulation.recorder, simulation.load.span_s / BINS
    came, done = [0] * BINS, [0] * BINS
    for start, end in zip(recorder.came, recorder.done, strict=True):
        came[recorder.position(start)] += 1
        if end != NEVER and end < simulation.load.span_s:
            done[recorder.position(end)] += 1
    axes.plot(middles, [count / each_s for count in came], color=GREY, label="photos a second")
    axes.plot(middles, [count / each_s for count in done], color=GREEN, label="done a second")
    axes.plot(middles, [count / each_s for count in recorder.refused], color=RED, label="throttled a second")
    axes.set(title="load", ylim=(0, None))


def _draw_latency(axes: Axes, simulation: Simulation, middles: Sequence[float]) -> None:
    recorder = simulation.recorder
    own: list[list[float]] = [[] for _ in range(BINS)]
    for start, end in zip(recorder.came, recorder.done, strict=True):
        if end != NEVER:
            own[recorder.position(start)].append((end - start) * 1000)
    found = [distribution(times) for times in own]
    for rank, colour in (("p50", BLUE), ("p95", ORANGE), ("p99", RED)):
        axes.plot(middles, [times.get(rank, float("nan")) for times in found], color=colour, label=rank)
    axes.set(title="ms from the first POST to the end, by when the photo came", yscale="log")
