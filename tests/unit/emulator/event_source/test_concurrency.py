from typing import Any

from emulator.event_source.concurrency import Concurrency
from emulator.resources import EventSourceMapping
from emulator.resources.provisioned_pollers import ProvisionedPollers

JOBS_FIFO = "jobs.fifo"


def of(queue: str = "jobs", **scaling: Any) -> Concurrency:
    return Concurrency.of(EventSourceMapping("Mapping", queue, "worker", **scaling))


def test_es13_starts_with_five_concurrent_batches() -> None:
    concurrency = Concurrency()
    assert [concurrency.allows(n, 0.0) for n in range(7)] == [True] * 5 + [False] * 2


def test_es13_grows_by_300_a_minute_while_it_is_used_up() -> None:
    concurrency = Concurrency()
    for second in range(61):
        concurrency.allows(10_000, float(second))
    assert int(concurrency.limit) == 305
    for second in range(61, 600):
        concurrency.allows(10_000, float(second))
    assert int(concurrency.limit) == 1_250


def test_es13_does_not_grow_while_there_is_room() -> None:
    concurrency = Concurrency()
    for second in range(100):
        concurrency.allows(2, float(second))
    assert concurrency.limit == 5


def test_es14_maximum_concurrency_is_the_ceiling() -> None:
    concurrency = of(maximum_concurrency=2)
    assert [concurrency.allows(n, 0.0) for n in range(3)] == [True, True, False]
    for second in range(100):
        concurrency.allows(10_000, float(second))
    assert concurrency.limit == 2


def test_es21_failures_take_the_limit_back_and_successes_return_it() -> None:
    concurrency = Concurrency()
    for _ in range(10):
        concurrency.back_off()
    assert concurrency.limit == 1
    for _ in range(10):
        concurrency.recover()
    assert concurrency.limit == 5


def test_es13_goes_back_to_five_and_then_to_two_when_there_is_nothing_to_do() -> None:
    concurrency = Concurrency()
    for second in range(61):
        concurrency.allows(10_000, float(second))
    limits = []
    for _ in range(3):
        concurrency.rest()
        limits.append(concurrency.limit)
    assert limits == [5, 2, 2]
    assert [concurrency.allows(n, 0.0) for n in (1, 2)] == [True, False]
    assert concurrency.allows(2, 1.0), "and grows again"


def test_es13_a_mapping_with_maximum_concurrency_does_not_go_below_five() -> None:
    concurrency = of(maximum_concurrency=100)
    for _ in range(3):
        concurrency.rest()
    assert concurrency.limit == 5


def test_es13_a_rest_does_not_lift_a_failing_functions_limit() -> None:
    concurrency = Concurrency()
    for _ in range(10):
        concurrency.back_off()
    concurrency.rest()
    assert concurrency.limit == 1


def test_es15_a_fifo_queues_groups_are_the_limit_themselves() -> None:
    concurrency = of(JOBS_FIFO)
    concurrency.rest()
    assert concurrency.allows(1_000, 0.0)
    assert [of(JOBS_FIFO, maximum_concurrency=3).allows(n, 0.0) for n in (2, 3)] == [True, False]


def test_es48_provisioned_pollers_start_with_ten_batches_each_and_grow_by_a_thousand_a_minute() -> None:
    """Minimum, batches of a poller, growth and ceiling are in Lambda's guide."""
    concurrency = of(provisioned_pollers=ProvisionedPollers(3, 150))
    assert [concurrency.allows(n, 0.0) for n in (29, 30)] == [True, False]
    for second in range(1, 61):
        concurrency.allows(10_000, float(second))
    assert round(concurrency.limit) == 1_030
    for second in range(61, 300):
        concurrency.allows(10_000, float(second))
    assert concurrency.limit == 1_500


def test_es48_no_mapping_has_more_than_twenty_thousand_batches_in_flight() -> None:
    concurrency = of(provisioned_pollers=ProvisionedPollers(200, 10_000))
    for second in range(2_000):
        concurrency.allows(30_000, float(second))
    assert concurrency.limit == 20_000


def test_es48_neither_failures_nor_a_quiet_queue_take_the_minimum_away() -> None:
    concurrency = of(provisioned_pollers=ProvisionedPollers(2, 200))
    for second in range(61):
        concurrency.allows(10_000, float(second))
    concurrency.rest()
    assert concurrency.limit == 20
    for _ in range(10):
        concurrency.back_off()
        concurrency.rest()
    assert concurrency.limit == 20
