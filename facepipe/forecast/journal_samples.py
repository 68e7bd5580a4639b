"""The calls of functions, read from the emulator's journal."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from emulator.invocation import OutcomeKind
from emulator.journal.durations import read_durations
from emulator.journal.entries import Entry, Kind
from emulator.journal.store import JournalStore, LineFilter
from facepipe.forecast.call_samples import AllSamples, CallSamples
from facepipe.forecast.quantities import ForecastError

LATEST = 25_000  #: entries of each kind that are read
SUCCESS = OutcomeKind.SUCCESS.value
#: by entries that no emulator has written
_OF_DAMAGE = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)


def read_journal(path: Path, *, since_ms: float = 0.0) -> AllSamples:
    """Return what a journal knows of the functions' calls; `ForecastError` if it cannot be read."""
    try:
        store = JournalStore(path, read_only=True)
    except sqlite3.Error as error:
        raise ForecastError(f"{path} is not a journal that can be read ({error}); name one with --times") from error
    try:
        kinds = (Kind.ENDED, Kind.BATCHED, Kind.RECEIVED)
        entries = {kind: store.recent(kind, since_ms=since_ms, limit=LATEST) for kind in kinds}
        names = sorted({entry.function for entry in entries[Kind.ENDED]})
        logs = {name: _log_bytes(store, name, since_ms) for name in names}
        functions = {name: _of_function(name, entries, logs[name]) for name in names}
    except (sqlite3.Error, *_OF_DAMAGE) as error:
        raise ForecastError(f"{path} cannot be read as a journal ({error}): name another with --times") from error
    finally:
        store.close()
    return AllSamples(str(path), functions)


def _of_function(name: str, entries: Mapping[Kind, Sequence[Entry]], log_bytes: float) -> CallSamples:
    ended = [entry for entry in entries[Kind.ENDED] if entry.function == name]
    messages = defaultdict[str, list[str]](list)
    for entry in entries[Kind.BATCHED]:
        messages[entry.request_id].append(entry.message_id)
    handler_ms, init_ms = [], []
    for entry in ended:
        took = read_durations(entry)
        if took.init_ms is not None:
            init_ms.append(took.init_ms)
        if entry.text("outcome") == SUCCESS:
            count = len(messages.get(entry.request_id, ())) or 1
            handler_ms += [round(took.handler_ms / count, 2)] * count
    own = {message for entry in ended for message in messages.get(entry.request_id, ())}
    sizes = [entry.number("bytes") for entry in entries[Kind.RECEIVED] if entry.message_id in own]
    failed = sum(entry.text("outcome") != SUCCESS for entry in ended) / len(ended)
    return CallSamples(
        name,
        tuple(handler_ms),
        tuple(init_ms),
        failed=round(failed, 4),
        message_bytes=round(fmean(sizes)) if sizes else 0.0,
        log_bytes=round(log_bytes / len(ended)),
    )


def _log_bytes(store: JournalStore, function: str, since_ms: float) -> float:
    lines = store.lines(LineFilter(function=function, since_ms=since_ms, limit=LATEST))
    return sum(len(line.text.encode("utf-8", "replace")) + 1 for _, line in lines)
