"""The states of a function's environments, for people who look at them."""

from dataclasses import dataclass
from enum import Enum

from emulator.environments.environment import Environment
from emulator.environments.pool import Pool


class EnvironmentState(Enum):
    """What an environment does."""

    COLD = "cold"  #: it starts, or starts again: its init phase has not ended
    WARM = "warm"  #: it waits for a call
    BUSY = "busy"  #: a call is in flight in it
    HELD = "held by a debugger"  #: it stands, for example at a breakpoint, and no timeout runs


@dataclass(frozen=True, slots=True)
class SeenEnvironment:
    """One environment; one without a name has not connected yet."""

    name: str
    state: str  #: a value of `EnvironmentState`
    request_id: str = ""  #: of the call in flight


def environment_states(pool: Pool) -> list[SeenEnvironment]:
    """Return a function's environments, those that have not connected yet at the end."""
    seen = [_seen(environment) for environment in pool.environments]
    return seen + [SeenEnvironment("", EnvironmentState.COLD.value)] * max(0, pool.running - len(seen))


def _seen(environment: Environment) -> SeenEnvironment:
    call = environment.serving
    return SeenEnvironment(environment.name, _state(environment).value, call.request_id if call else "")


def _state(environment: Environment) -> EnvironmentState:
    if environment.held:
        return EnvironmentState.HELD
    if environment.busy:
        return EnvironmentState.BUSY
    return EnvironmentState.WARM if environment.engine else EnvironmentState.COLD
