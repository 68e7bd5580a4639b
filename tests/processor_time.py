"""How long each test takes, as properties of the test in JUnit reports: processor time, and time beside that.

Fixtures that tests share are left out: whichever test comes first would have to bear them.
"""

import os
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

PROCESSOR, WAITED = "processor_s", "waited_s"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, by the clock and in processor time of this process and the children that it has waited for."""

    clock_s: float
    processor_s: float

    @classmethod
    def now(cls) -> "Moment":
        times = os.times()
        return cls(time.monotonic(), times.user + times.system + times.children_user + times.children_system)

    def later(self, since: "Moment", until: "Moment") -> "Moment":
        """Return this moment moved by what lies between two others."""
        return Moment(
            self.clock_s + until.clock_s - since.clock_s, self.processor_s + until.processor_s - since.processor_s
        )


class ProcessorTime:
    """A plugin of pytest."""

    def __init__(self) -> None:
        self._started = Moment.now()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        self._started = Moment.now()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        before = Moment.now()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                self._started = self._started.later(before, Moment.now())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.when == "call":
            now = Moment.now()
            processor_s = now.processor_s - self._started.processor_s
            waited_s = now.clock_s - self._started.clock_s - processor_s
            item.user_properties += [(PROCESSOR, round(processor_s, 2)), (WAITED, round(max(0, waited_s), 2))]
