"""How many environments a function has, and may have."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from emulator.aws.identifiers import LATEST
from emulator.environments.environment import Environment
from emulator.environments.starters import Starter
from emulator.events import Emit
from emulator.invocation import Invocation
from emulator.resources import Function


@dataclass(slots=True)
class PoolCounts:
    """One function's environments and calls, counted."""

    function: Function
    emit: Emit
    starter: Starter | None = None  #: None: environments connect by themselves
    environments: list[Environment] = field(default_factory=list)
    awaited: bool = False  #: whether batches or events have waited for an environment, which is needed before they come
    in_flight: int = 0  #: including waiting calls: on AWS each has an environment of its own

    @property
    def kept_warm(self) -> bool:
        """Whether an environment runs even without calls: of a published version only once batches wait for it."""
        return self.awaited or self.function.version == LATEST

    @property
    def ready(self) -> int:
        """The number of environments that can take calls, including busy ones."""
        return sum(1 for environment in self.environments if environment.engine)

    @property
    def running(self) -> int:
        """The number of environments, including those that start or restart."""
        return self.starter.running(self.function.key) if self.starter else len(self.environments)

    @property
    def starting(self) -> int:
        """The number of environments that start or restart."""
        return max(0, self.running - self.ready)

    @property
    def problem(self) -> str:
        """Why no environment can be started; empty if one can."""
        return self.starter.problem(self.function.key) if self.starter else ""

    @property
    def limit(self) -> int:
        """How many environments may run at once: at least one, even if all calls are throttled."""
        most = self.starter.limit(self.function.key) if self.starter else len(self.environments)
        reserved = self.function.reserved_concurrency
        return most if reserved is None else min(most, max(1, reserved))

    @property
    def full(self) -> bool:
        """Whether a new call would wait without an environment being started for it."""
        taken = self.ready > 0 and all(e.busy for e in self.environments if e.engine)
        return taken and not self.starting and self.running >= self.limit

    def serving(self) -> Iterator[Invocation]:
        """Yield the calls that run in environments."""
        yield from (environment.serving for environment in self.environments if environment.serving)

    def has_other(self, environment: Environment) -> bool:
        """Return whether another environment starts, or is ready for calls of the function as it is now."""
        starts = self.starting - (environment.engine is None)
        return starts > 0 or any(
            each.engine and not each.stale for each in self.environments if each is not environment
        )
