"""Watches the folders of functions and yields what was saved. Only this module knows the library `watchfiles`."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from pathlib import Path

from emulator.reload.snapshot import Snapshot, scan

STEP_MS = 50  #: files that are saved within this time of each other are one change
LONGEST_MS = 1_000  #: files that are saved one after the other are one change for so long
AGAIN_MS = 500  #: after the start of a watch, files are looked at once more: they may have been saved before it
LOST_PAUSE_S = 0.2

LIMIT_WORDS = ("watch limit", "too many open files", "no space left")
LIMIT_CURE = (
    "this user's programs watch as many files as the system allows (inotify); raise the limit with"
    " `sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512`, or end other watchers"
)


class WatchError(RuntimeError):
    """Files cannot be watched; the message has the cure."""


async def saved_files(roots: Callable[[], Sequence[Path]], before: Snapshot) -> AsyncIterator[frozenset[Path]]:
    """Yield the files that are saved from the snapshot on, together if they are saved together.

    `roots` are asked again after each change. Raises `WatchError` when the system refuses to watch.
    """
    known = roots()
    while True:
        current = await asyncio.to_thread(scan, known)
        async with contextlib.aclosing(_wakes(current)) as wakes:
            async for _ in wakes:
                after = await asyncio.to_thread(scan, known)
                changed, before = after.changed_since(before), after
                if changed:
                    yield changed
                if after.watched != current.watched or roots() != known:
                    break
        if roots() != known:
            last = await asyncio.to_thread(scan, known)
            missed, known = last.changed_since(before), roots()
            before = (await asyncio.to_thread(scan, known)).with_states_of(last)
            if missed:
                yield missed


async def _wakes(snapshot: Snapshot) -> AsyncGenerator[None]:
    """Yield when something may have changed: soon after the watch has begun, and after each change that counts."""
    from watchfiles import awatch  # noqa: PLC0415  # only whoever watches needs it

    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it would log each change
    watch = awatch(
        *sorted(snapshot.watched),
        watch_filter=lambda _change, path: snapshot.concerns(path),
        debounce=LONGEST_MS,
        step=STEP_MS,
        rust_timeout=AGAIN_MS,
        yield_on_timeout=True,
        recursive=False,
    )
    begun = False
    try:
        async for changes in watch:
            if changes or not begun:
                begun = True
                yield
    except FileNotFoundError:  # a folder has disappeared since it was found
        await asyncio.sleep(LOST_PAUSE_S)
    except (OSError, RuntimeError) as error:
        raise WatchError(_describe(error)) from error


def _describe(error: Exception) -> str:
    text = " ".join(str(error).split())
    return LIMIT_CURE if any(words in text.lower() for words in LIMIT_WORDS) else text
