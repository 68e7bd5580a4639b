"""What `facepipe evaluate` says: tables that fit into 80 columns, and sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from facepipe.client.terminal_text import shown
from facepipe.evaluation.certainty import SHARE, largest_share, safe_threshold, strangers_needed
from facepipe.evaluation.leave_one_out import ComparedWith, Strangers, Trials, counts_at

SHOWN = 20  #: strangers with a name, and photos that do not count
STEP = 0.05  #: between the thresholds of the table
WORDS = {
    ComparedWith.PHOTOS: "each photo",
    ComparedWith.MEAN: "the mean",
    ComparedWith.BOTH: "photos and mean",
}


@dataclass(frozen=True, slots=True)
class Measurement:
    """One way of recognising, and what came of it."""

    margin_px: int
    compared_with: ComparedWith
    threshold: float  #: the one that is in use
    trials: Trials
    strangers: Strangers

    @property
    def title(self) -> str:
        """What tells it from others."""
        return f"margin {self.margin_px}, {WORDS[self.compared_with]}"


def comparison(all_measured: Sequence[Measurement]) -> Table:
    """Return a line for each way of recognising, each at its own threshold."""
    view = _table("margin", "compared with", "threshold", "right", "wrong", "unknown", "strangers")
    for one in all_measured:
        view.add_row(str(one.margin_px), WORDS[one.compared_with], f"{one.threshold:.2f}", *_counts(one, one.threshold))
    return view


def over_thresholds(measured: Measurement) -> Table:
    """Return what comes out at each of several thresholds; the one in use is marked."""
    view = _table("threshold", "right", "wrong", "unknown", "strangers")
    steps = {round(float(value), 2) for value in np.arange(0.7, 1.3, STEP)} | {round(measured.threshold, 2)}
    for threshold in sorted(steps):
        used = threshold == round(measured.threshold, 2)
        mark = "in use " if used else ""
        view.add_row(f"{mark}{threshold:.2f}", *_counts(measured, threshold), style="bold" if used else "")
    return view


def each_person(measured: Measurement) -> Table:
    """Return how everybody fared, and who comes closest to them."""
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1, 0, 0))
    view.add_column("person", overflow="fold")
    for heading in ("photos", "right", "wrong", "unknown"):
        view.add_column(heading, justify="right")
    view.add_column("closest other", overflow="fold")
    view.add_column("distance", justify="right")
    trials = measured.trials
    for name in dict.fromkeys(trials.names):
        own = [row for row, other in enumerate(trials.names) if other == name]
        part = Trials((name,) * len(own), trials.own[own], trials.other[own], tuple(trials.nearest[row] for row in own))
        result, closest = counts_at(part, measured.threshold), int(part.other.argmin())
        counts = [str(result.right), str(result.wrong), str(result.unknown)] if result.photos else ["–"] * 3
        near = bool(part.other[closest] < measured.threshold)
        far = np.isinf(part.other[closest])
        other = [Text("–")] * 2 if far else [shown(part.nearest[closest]), Text(f"{part.other[closest]:.2f}")]
        view.add_row(shown(name), str(len(own)), *counts, *other, style="yellow" if near or result.wrong else "")
    return view


def named_strangers(measured: Measurement) -> list[str]:
    """Say who of the strangers gets whose name, the most alike first: who is no stranger at all can be seen there."""
    strangers = measured.strangers
    order = [int(row) for row in np.argsort(strangers.distances) if strangers.distances[row] < measured.threshold]
    lines = [
        f"{strangers.names[row]} is taken for {strangers.nearest[row]} ({strangers.distances[row]:.2f}):"
        f" {strangers.labels[row]}"
        for row in order[:SHOWN]
    ]
    return lines + ([f"and {len(order) - SHOWN} more"] if len(order) > SHOWN else [])


def left_out(photos: Sequence[str]) -> list[str]:
    """Say which photos do not count, and why."""
    lines = [f"does not count: {photo}" for photo in photos[:SHOWN]]
    return lines + ([f"and {len(photos) - SHOWN} more do not count"] if len(photos) > SHOWN else [])


def about_photos(measured: Measurement, *, given: bool) -> str:
    """Say what the figures rest on."""
    trials, strangers = measured.trials, measured.strangers
    possible, people = int(trials.possible.sum()), len(set(trials.names))
    alone = len({name for name, own in zip(trials.names, trials.own, strict=True) if np.isinf(own)})
    text = f"{len(trials.names)} photos of {people} people; {possible} of them were looked for among all others."
    if not possible:
        text += " Nobody has a second photo, so nobody can be looked for: add photos."
    elif alone:
        who = "1 person has" if alone == 1 else f"{alone} people have"
        text += f" {who} a single photo: it can be mistaken for others, but not be found."
    if given:
        return f"{text} {len(strangers.each())} strangers with {len(strangers.names)} faces."
    return f"{text} No photos of strangers were given (--strangers): each person was a stranger to the others in turn."


def advice(measured: Measurement) -> str:
    """Say at which threshold at most 1 % of strangers get a name, or that there are too few to say."""
    each = measured.strangers.each()
    count, named = len(each), measured.strangers.named(measured.threshold)
    if not count:
        return "No photos of strangers: nothing can be said of how many of them get a name."
    most = largest_share(named, count)
    text = (
        f"At {measured.threshold:.2f}, {named} of {count} strangers get a name: with 95 % certainty, at most"
        f" {most:.1%} of all strangers do. "
    )
    safe = safe_threshold(list(each.values()))
    if safe is None:
        return (
            f"{text}Too few photos to say at which threshold at most {SHARE:.0%} of strangers get a name: that takes"
            f" {strangers_needed(0)} different people if none of them gets one, and {strangers_needed(1)} if one does."
        )
    distance = np.floor(safe.distance * 100) / 100
    result = counts_at(measured.trials, distance)
    return (
        f"{text}At {distance:.2f}, at most {SHARE:.0%} of strangers get a name, with 95 % certainty"
        f" ({measured.strangers.named(distance)} of these {count} do), and {result.right} of {result.photos} photos are"
        f" right: --parameter MatchThreshold={distance:.2f}"
    )


def _table(*headings: str) -> Table:
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1, 0, 0))
    for heading in headings:
        view.add_column(heading, justify="left" if heading == "compared with" else "right")
    return view


def _counts(measured: Measurement, threshold: float) -> tuple[str, str, str, str]:
    result, strangers = counts_at(measured.trials, threshold), measured.strangers
    named = f"{strangers.named(threshold)} of {len(strangers.each())}"
    return f"{result.right} of {result.photos}", str(result.wrong), str(result.unknown), named
