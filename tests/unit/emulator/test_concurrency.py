from emulator.event_source.concurrency import Concurrency


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
    concurrency = Concurrency(2)
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
    concurrency = Concurrency(100)
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
    concurrency = Concurrency(fifo=True)
    concurrency.rest()
    assert concurrency.allows(1_000, 0.0)
    assert [Concurrency(3, fifo=True).allows(n, 0.0) for n in (2, 3)] == [True, False]
