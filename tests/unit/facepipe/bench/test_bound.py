"""The bound's arithmetic, and the processor times of containers' parts."""

import pytest

from facepipe.bench.bound import Bound, HandlerCost
from facepipe.bench.container_times import QUEUES, parts_of
from facepipe.bench.processor_times import CLIENT, EMULATOR, ENGINES

HANDLERS = (
    HandlerCost("first", wall_ms=50.0, processor_ms=47.0),
    HandlerCost("second", wall_ms=52.0, processor_ms=53.0),
)


def bound(**changes: float) -> Bound:
    values = {"rate_per_s": 15.0, "client_ms": 8.0, "alone_ms": 120.0, "share_wanted": 0.85, **changes}
    return Bound(cores=2, handlers=HANDLERS, **values)


def test_the_bound_is_what_the_client_leaves_divided_by_what_the_handlers_need() -> None:
    """2 cores less 15/s × 8 ms = 1.88 cores; a photo needs 100 ms."""
    assert bound().most_per_s == pytest.approx(18.8)
    assert bound().share == pytest.approx(15 / 18.8)


def test_a_photo_alone_may_take_1_15_times_its_handlers_and_8_ms() -> None:
    assert bound().alone_most_ms == pytest.approx(1.15 * 102 + 8)


def test_an_aim_is_held_against_a_run_only_with_enough_photos_in_flight() -> None:
    assert "wanted: 0.85, missed" in bound().lines({}, in_flight=8)[0]
    assert "wanted: 0.85, met" in bound(rate_per_s=17.0).lines({}, in_flight=8)[0]
    assert "wanted" not in bound().lines({}, in_flight=4)[0]


def test_processor_times_allow_a_share_whatever_else_runs() -> None:
    """A photo's handlers need 100 ms; all parts but the client take 125 ms: 0.8, as if both cores did nothing else."""
    parts = {"first": 55.0, "second": 50.0, EMULATOR: 12.0, ENGINES: 8.0, CLIENT: 9.0}
    assert bound().share_without_idling(parts) == pytest.approx(0.8)
    assert bound().lines(parts, in_flight=8)[0].endswith("; its processor times allow 0.80 at most")
    saturated = 2000 / sum(parts.values())
    assert bound(client_ms=9.0, rate_per_s=saturated).share == pytest.approx(0.8)


def test_each_handler_is_shown_beside_its_environments() -> None:
    assert bound().lines({"second": 61.5}, in_flight=8)[3] == (
        "second: 53.0 ms of processor time in its handler alone, 61.5 ms in its environments"
    )


def stat(pid: int, name: str, ticks: int) -> str:
    """A line of /proc/PID/stat (proc(5)): fields 14 and 15 are utime and stime."""
    return f"{pid} ({name}) S 1 1 1 0 -1 4194560 100 0 0 0 {ticks - 1} 1 0 0 20 0 1 0 100 1000 100"


def test_a_function_s_container_has_a_supervisor_rie_and_the_function() -> None:
    lines = [
        stat(1, "python3", 20),
        stat(14, "aws-lambda-rie", 30),
        stat(30, "python3", 400),
        stat(31, "python3", 100),
        stat(90, "sh", 700),
        stat(91, "cat", 700),
    ]
    assert parts_of("face-detection", lines) == {ENGINES: pytest.approx(0.5), "face-detection": pytest.approx(5.0)}


def test_the_other_containers_are_parts_of_their_own() -> None:
    assert parts_of("elasticmq", [stat(1, "java", 150), stat(7, "bash (x)", 50)]) == {QUEUES: pytest.approx(2.0)}
    assert parts_of("emulator", [stat(1, "python3", 250)]) == {EMULATOR: pytest.approx(2.5)}
