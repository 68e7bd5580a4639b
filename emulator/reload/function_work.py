"""Whether a function works at the moment, and may therefore write files."""

import asyncio

from emulator.environments.environment import Environment
from emulator.environments.pool import Pool

AFTER_S = 1.0  #: a change is noticed a moment after the function has made it


def is_initialising(pool: Pool) -> bool:
    """Return whether an environment is in its init phase, or was a moment ago."""
    return pool.starting > 0 or any(not environment.request_id for environment in _recent(pool))


def is_serving(pool: Pool) -> bool:
    """Return whether a call is served, or was a moment ago."""
    return pool.in_flight > 0 or any(environment.request_id for environment in _recent(pool))


def _recent(pool: Pool) -> list[Environment]:
    latest = asyncio.get_running_loop().time() - AFTER_S
    return [environment for environment in pool.environments if environment.idle_since > latest]
