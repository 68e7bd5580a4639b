"""A run as one picture: latency over time, how it is distributed, and where the median request's time went."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from facepipe.bench.figures import accepted_ms, completed, distribution, latency_ms
from facepipe.client.photo_rows import Row

SIZE_INCHES, DPI = (11, 7.5), 90
BLUE, ORANGE, RED, GREY = "#3b6fb6", "#e08a1e", "#c23b3b", "#888888"


def draw(rows: Sequence[Row], trace: Mapping[str, Any] | None, title: str, target: Path) -> None:
    """Write the picture; without a trace, without the waterfall."""
    picture = Figure(figsize=SIZE_INCHES, layout="constrained")
    picture.suptitle(title, fontsize=11)
    grid = picture.add_gridspec(2, 2, height_ratios=(1, 1.3), width_ratios=(1.6, 1))
    done = completed(rows)
    _over_time(picture.add_subplot(grid[0, 0]), done)
    _histogram(picture.add_subplot(grid[0, 1]), [latency_ms(row) for row in done])
    waterfall = picture.add_subplot(grid[1, :])
    if trace:
        _waterfall(waterfall, trace)
    else:
        waterfall.set_axis_off()
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(target, dpi=DPI)


def _over_time(axes: Axes, done: Sequence[Row]) -> None:
    start = accepted_ms(done[0]) if done else 0.0
    seconds = [(accepted_ms(row) - start) / 1000 for row in done]
    axes.scatter(seconds, [latency_ms(row) for row in done], s=14, color=BLUE)
    axes.set(title="latency over time", xlabel="seconds since the first POST", ylabel="ms")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)


def _histogram(axes: Axes, latencies: Sequence[float]) -> None:
    axes.set(title="distribution", xlabel="ms", ylabel="photos")
    if not latencies:
        return
    ranks = distribution(latencies)
    axes.hist(latencies, bins=min(30, len(latencies)), color=BLUE, alpha=0.8)
    for name, colour in (("p50", GREY), ("p95", ORANGE), ("p99", RED)):
        value = ranks[name]
        axes.axvline(value, color=colour, label=f"{name} {value:.0f} ms")
    axes.legend(fontsize=8)


def _waterfall(axes: Axes, trace: Mapping[str, Any]) -> None:
    spans = trace["spans"]
    for row, span in enumerate(spans):
        begin, length = span["start_ms"] - trace["start_ms"], span["end_ms"] - span["start_ms"]
        colour = RED if span["failed"] else ORANGE if span["is_part"] else BLUE
        if length:
            axes.barh(row, length, left=begin, color=colour, height=0.7)
            axes.text(begin + length, row, f" {length:.0f} ms", va="center", fontsize=8)
        else:
            axes.plot([begin], [row], marker="|", markersize=9, color=colour)
    names = [f"  {span['name']}" if span["is_part"] else span["name"] for span in spans]
    axes.set_yticks(range(len(spans)), names, fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.08)
    axes.set(title="where the median request's time went", xlabel="ms since the POST was accepted")
    axes.grid(axis="x", alpha=0.3)
