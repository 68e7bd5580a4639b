"""Says where the processor time of a call goes, by stage: functions are wrapped, and nothing else is changed."""

import functools
import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StagePlace:
    """A function whose time counts as a stage's."""

    stage: str
    module: str
    name: str  #: of a function in the module, or of a method, as Class.method


class StageClock:
    """The processor time of this thread since it was last read: what a stage takes inside another counts once."""

    def __init__(self, clock: Callable[[], int] = time.thread_time_ns) -> None:
        self._clock = clock
        self._spent = defaultdict[str, int](int)
        self._open: list[str] = []
        self._since = 0

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its own time counted; that of other stages inside it is theirs."""

        @functools.wraps(function)
        def wrapped(*args: Any, **options: Any) -> Any:
            self._turn()
            self._open.append(stage)
            try:
                return function(*args, **options)
            finally:
                self._turn()
                self._open.pop()

        return wrapped

    def take(self) -> Mapping[str, float]:
        """Return the milliseconds of each stage since the last call."""
        spent = {stage: used / 1e6 for stage, used in self._spent.items()}
        self._spent.clear()
        return spent

    def _turn(self) -> None:
        """Count the time up to now as that of the stage that is open."""
        now = self._clock()
        if self._open:
            self._spent[self._open[-1]] += now - self._since
        self._since = now


def install(places: Iterable[StagePlace], clock: StageClock) -> list[StagePlace]:
    """Wrap each place's function where it is kept; return the places that this version of the code does not have."""
    missing = []
    for place in places:
        owner: Any
        try:
            owner = importlib.import_module(place.module)
            *parents, name = place.name.split(".")
            owner = functools.reduce(getattr, parents, owner)
            function = vars(owner)[name]
        except (ImportError, AttributeError, KeyError):
            missing.append(place)
            continue
        static = isinstance(function, staticmethod)
        wrapped = clock.timed(place.stage, function.__func__ if static else function)
        setattr(owner, name, staticmethod(wrapped) if static else wrapped)
    return missing
