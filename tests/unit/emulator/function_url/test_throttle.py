"""Ten requests a second for each reserved execution: FU-25."""

from dataclasses import dataclass

from emulator.function_url.throttle import RequestRates
from emulator.resources import Function


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def function(reserved: int | None) -> Function:
    return Function("F", "f", "image", (), 3, 128, 512, reserved_concurrency=reserved)


def test_fu25_more_than_ten_requests_a_second_for_each_reserved_execution_are_too_many() -> None:
    clock = Clock()
    rates = RequestRates({"f": function(2)}, clock)
    admitted = []
    for tick in range(192):
        clock.now = tick / 128
        if not rates.excess("f"):
            admitted.append(tick)
    assert admitted == [*range(20), *range(128, 148)]
    assert "more than 20 requests a second" in rates.excess("f")
    assert "raise it" in rates.excess("f")


def test_fu25_without_reserved_concurrency_there_is_no_rate_limit() -> None:
    rates = RequestRates({"f": function(None)}, Clock())
    assert not any(rates.excess("f") for _ in range(10_000))


def test_fu25_a_changed_reservation_holds_from_the_next_request_on() -> None:
    functions = {"f": function(1)}
    rates = RequestRates(functions, Clock())
    assert [bool(rates.excess("f")) for _ in range(11)] == [False] * 10 + [True]
    functions["f"] = function(2)
    assert not rates.excess("f")
