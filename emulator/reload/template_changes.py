"""Says in words how two readings of a template differ."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from emulator.resources import Resources

NamedT = TypeVar("NamedT")

QUEUE = "queue"


def describe_changes(before: Resources, after: Resources) -> list[str]:
    """Return what was added, changed and removed, one resource in each text."""
    return [
        *_compare(QUEUE, before.queues, after.queues, lambda queue: queue.name),
        *_compare("function", before.functions, after.functions, lambda function: function.name),
        *_compare("URL of", before.urls, after.urls, lambda url: url.function),
        *_compare("mapping", before.mappings, after.mappings, lambda each: f"{each.queue} → {each.function}"),
        *_compare("EventInvokeConfig of", before.event_invokes, after.event_invokes, lambda each: each.function),
    ]


def _compare(
    what: str, before: Iterable[NamedT], after: Iterable[NamedT], name: Callable[[NamedT], str]
) -> Iterable[str]:
    old, new = {name(each): each for each in before}, {name(each): each for each in after}
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            kept = " (it keeps its messages)" if what == QUEUE else ""
            yield f"removed: {what} {key}{kept}"
        elif key not in old:
            yield f"added: {what} {key}"
        elif old[key] != new[key]:
            yield f"changed: {what} {key}"
