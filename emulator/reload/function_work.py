"""Whether a function worked when a file changed, and may therefore have written it."""

import asyncio
import contextlib
import time
from pathlib import Path

from emulator.environments.environment import Environment
from emulator.environments.pool import Pool

SLACK_S = 0.05  #: times of files are less exact than the event loop's clock


def time_of_change(file: Path) -> float:
    """Return when a file changed last, by the event loop's clock; for a file that was removed, now."""
    now = asyncio.get_running_loop().time()
    with contextlib.suppress(OSError):
        return min(now, now - (time.time() - file.stat().st_mtime))
    return now


def is_initialising(pool: Pool, at: float) -> bool:
    """Return whether an environment was in its init phase at that time."""
    return pool.starting > 0 or any(not environment.request_id for environment in _working(pool, at))


def is_serving(pool: Pool, at: float) -> bool:
    """Return whether a call was served at that time."""
    return pool.in_flight > 0 or any(environment.request_id for environment in _working(pool, at))


def _working(pool: Pool, at: float) -> list[Environment]:
    """Return the environments that are idle, and were not yet at that time."""
    return [environment for environment in pool.environments if environment.idle_since > at - SLACK_S]
