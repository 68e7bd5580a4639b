"""Where the time of a call goes: by a clock that the test turns."""

import sys
from types import ModuleType

import pytest

from facepipe.bench.stage_clock import StageClock, StagePlace, install


class TurnedClock:
    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns

    def turn(self, ms: int) -> None:
        self.now_ns += ms * 1_000_000


def test_time_inside_another_stage_counts_once() -> None:
    time = TurnedClock()
    clock = StageClock(time)

    def inner() -> None:
        time.turn(5)

    timed_inner = clock.timed("inner", inner)

    def outer() -> None:
        time.turn(1)
        timed_inner()
        timed_inner()
        time.turn(2)

    time.turn(100)
    clock.timed("outer", outer)()
    time.turn(100)
    assert clock.take() == {"outer": 3.0, "inner": 10.0}
    assert clock.take() == {}


def test_a_stage_that_raises_is_counted_and_left() -> None:
    time = TurnedClock()
    clock = StageClock(time)

    def broken() -> None:
        time.turn(4)
        raise ValueError

    with pytest.raises(ValueError):
        clock.timed("broken", broken)()
    time.turn(9)
    assert clock.take() == {"broken": 4.0}


class Adder:
    def add(self, first: int, second: int) -> int:
        return first + second

    @staticmethod
    def named(name: str) -> str:
        return name


def test_functions_and_methods_are_wrapped_where_they_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("measured_module")
    vars(module).update(double=lambda number: 2 * number, Adder=type("Adder", (Adder,), dict(vars(Adder))))
    monkeypatch.setitem(sys.modules, "measured_module", module)
    time = TurnedClock()
    clock = StageClock(time)
    names = ["double", "Adder.add", "Adder.named", "Adder.absent", "absent"]
    missing = install([StagePlace(name, "measured_module", name) for name in names], clock)
    missing += install([StagePlace("absent", "measured_module_that_is_absent", "double")], clock)
    assert [place.name for place in missing] == ["Adder.absent", "absent", "double"]
    assert (module.double(2), module.Adder().add(1, 2), module.Adder.named("x")) == (4, 3, "x")
    assert clock.take().keys() == {"double", "Adder.add", "Adder.named"}
