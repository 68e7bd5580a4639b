"""The distances as a picture: how far own people, other people and strangers are, and what each threshold gives."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from facepipe.evaluation.evaluation_report import Measurement
from facepipe.evaluation.leave_one_out import counts_at

SIZE_INCHES, DPI = (10, 7.5), 100
COLOURS = ("#3b6fb6", "#e08a1e", "#2d8f5a", "#8a4fb0", "#c23b3b", "#888888")
THRESHOLDS = np.linspace(0.4, 1.5, 111)


def draw_distances(all_measured: Sequence[Measurement], target: Path) -> None:
    """Write the picture; the histogram is the first one's."""
    first = all_measured[0]
    picture = Figure(figsize=SIZE_INCHES, layout="constrained")
    above, below = picture.subplots(2, 1, sharex=True, height_ratios=(1, 1.2))
    _histogram(above, first)
    for measured, colour in zip(all_measured, COLOURS, strict=False):
        _curves(below, measured, colour)
    below.set(xlabel="distance, and threshold", ylabel="%", ylim=(0, 101), title="what each threshold gives")
    if above.has_data():
        above.legend(fontsize=8)
    if below.has_data():
        below.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)
    for axes in (above, below):
        axes.set_xlim(0.2, 1.6)
        axes.axvline(first.threshold, color="black", linewidth=1, linestyle=":")
        axes.grid(alpha=0.3)
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(target, dpi=DPI)


def _histogram(axes: Axes, measured: Measurement) -> None:
    trials, bins = measured.trials, np.linspace(0, 1.7, 69).tolist()
    for label, distances, colour in (
        ("to the person's other photos", trials.own[trials.possible], COLOURS[0]),
        ("of strangers, to the nearest person", measured.strangers.distances, COLOURS[4]),
    ):
        finite = distances[np.isfinite(distances)]
        if len(finite):
            weights = np.full(len(finite), 100 / len(finite))
            axes.hist(finite, bins=bins, weights=weights, alpha=0.6, color=colour, label=f"{label} ({len(finite)})")
    axes.set(ylabel="% of photos", title=f"distances: {measured.title}; dotted: the threshold in use")


def _curves(axes: Axes, measured: Measurement, colour: str) -> None:
    results = [counts_at(measured.trials, float(threshold)) for threshold in THRESHOLDS]
    photos, strangers = results[0].photos, len(measured.strangers.each())
    if photos:
        right = [100 * result.right / photos for result in results]
        axes.plot(THRESHOLDS, right, color=colour, label=f"{measured.title}: right, of {photos} photos")
    if strangers:
        named = [100 * measured.strangers.named(float(threshold)) / strangers for threshold in THRESHOLDS]
        label = f"{measured.title}: strangers named, of {strangers}"
        axes.plot(THRESHOLDS, named, color=colour, linestyle="--", label=label)
