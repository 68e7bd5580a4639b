"""A long run as one picture: throughput, latency, memory and descriptors over time."""

from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from facepipe.bench.held_resources import Held
from facepipe.bench.picture import BLUE, DPI, ORANGE, SIZE_INCHES
from facepipe.bench.soak_figures import Sample, Window


def draw_soak(found: Sequence[Window], samples: Sequence[Sample], title: str, target: Path) -> None:
    """Write the picture."""
    picture = Figure(figsize=SIZE_INCHES, layout="constrained")
    picture.suptitle(title, fontsize=11)
    throughput, latency, memory, descriptors = picture.subplots(2, 2, sharex=True).flat
    minutes = [window.second / 60 for window in found]
    throughput.plot(minutes, [window.photos_per_s for window in found], color=BLUE)
    throughput.set(title="throughput", ylabel="photos a second")
    latency.plot(minutes, [window.p50_ms for window in found], color=BLUE, label="p50")
    latency.plot(minutes, [window.p95_ms for window in found], color=ORANGE, label="p95")
    latency.set(title="from the POST accepted to the result", ylabel="ms")
    latency.legend(fontsize=8)
    _parts(memory, samples, lambda held: held.memory_mb)
    memory.set(title="memory", ylabel="MB", xlabel="minutes")
    _parts(descriptors, samples, lambda held: held.descriptors)
    descriptors.set(title="open descriptors", xlabel="minutes")
    for axes in (throughput, latency, memory, descriptors):
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(target, dpi=DPI)


def _parts(axes: Axes, samples: Sequence[Sample], value: Callable[[Held], float]) -> None:
    for part in sorted({part for sample in samples for part in sample.held}):
        points = [(sample.second / 60, value(sample.held[part])) for sample in samples if part in sample.held]
        axes.plot([minute for minute, _ in points], [height for _, height in points], label=part)
    axes.legend(fontsize=8)
