"""The simulation against queueing theory, and against the numbers that AWS documents, in virtual time."""

import random
from dataclasses import replace

import pytest
import simpy

from emulator.resources.provisioned_pollers import ProvisionedPollers
from facepipe.forecast.lambda_memory import Speed
from facepipe.forecast.offered_load import LoadTexts, OfferedLoad, read_load
from facepipe.forecast.reached_limits import Limit, ReachedLimits
from facepipe.forecast.recorder import NEVER
from facepipe.forecast.simulation import Conditions, Simulation, needed_concurrency
from tests.forecast_chains import AT_ONCE, chain, samples

#: times are as measured: 1,769 MB are one processor
AS_MEASURED = Conditions(memory_mb=1_769, assumptions=AT_ONCE, account_concurrency=100_000)
NO_TIME = (1e-6,)
RNG = random.Random(7)
EXPONENTIAL = tuple(RNG.expovariate(1 / 100) for _ in range(20_000))  # ms
MEAN_MS = sum(EXPONENTIAL) / len(EXPONENTIAL)


def steady(rate: float, duration: str) -> OfferedLoad:
    return read_load(LoadTexts(rate=f"{rate}", duration=duration))


def at_once(*bursts: str, duration: str = "") -> OfferedLoad:
    return read_load(LoadTexts(bursts=bursts, duration=duration))


def erlang_b(servers: int, offered: float) -> float:
    """The share of calls that find all servers busy and are lost (A. K. Erlang, 1917)."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """The share of calls that wait."""
    blocked = erlang_b(servers, offered)
    return blocked / (1 - offered / servers * (1 - blocked))


def mean_ms(run: Simulation) -> float:
    latencies = run.recorder.latencies()
    return sum(latencies) / len(latencies)


@pytest.mark.parametrize(("servers", "rate"), [(3, 21.0), (4, 34.0)])
def test_batches_at_a_maximum_concurrency_wait_as_in_an_m_m_c_queue(servers: int, rate: float) -> None:
    mapping = f"BatchSize: 1\n      ScalingConfig: {{MaximumConcurrency: {servers}}}"
    run = Simulation(chain(mapping=mapping), steady(rate, "20m"), samples(NO_TIME, EXPONENTIAL), AS_MEASURED).run()
    offered = rate * MEAN_MS / 1000
    expected = MEAN_MS + erlang_c(servers, offered) * MEAN_MS / (servers - offered)
    assert mean_ms(run) == pytest.approx(expected, rel=0.08)


def test_a_queue_with_one_batch_at_once_waits_as_in_an_m_d_1_queue() -> None:
    small = chain()
    first, second = small.steps
    assert second.mapping
    one = replace(small, steps=(first, replace(second, mapping=replace(second.mapping, maximum_concurrency=1))))
    run = Simulation(one, steady(7, "1h"), samples(NO_TIME, (100.0,)), AS_MEASURED).run()
    busy = 0.7
    assert mean_ms(run) == pytest.approx(100 + busy / (2 * (1 - busy)) * 100, rel=0.06)  # Pollaczek–Khinchine


def test_reserved_concurrency_refuses_as_many_calls_as_erlang_says() -> None:
    small = chain(first="ReservedConcurrentExecutions: 5")
    conditions = replace(AS_MEASURED, attempts=1)
    run = Simulation(small, steady(40, "15m"), samples(EXPONENTIAL, NO_TIME), conditions).run()
    refused = sum(run.recorder.failed) / len(run.recorder.came)
    assert refused == pytest.approx(erlang_b(5, 40 * MEAN_MS / 1000), rel=0.06)


def test_calls_in_flight_are_the_rate_times_the_time_of_a_call() -> None:
    """Little's law."""
    run = Simulation(chain(), steady(50, "10m"), samples((200.0,), NO_TIME), AS_MEASURED)
    seen = []

    def look() -> simpy.events.ProcessGenerator:
        while True:
            seen.append(run.functions["first"].account.in_flight["first"])
            yield run.env.timeout(0.1)

    run.env.process(look())
    run.run()
    assert sum(seen) / len(seen) == pytest.approx(len(run.recorder.came) / 600 * 0.2, rel=0.02)


#: fifty thousand photos at once are not the question where the mapping is looked at
MANY = replace(AS_MEASURED, attempts=100, account_concurrency=1_000_000)


def in_flight_after(seconds: float, conditions: Conditions, *, mapping: str = "BatchSize: 1") -> int:
    """How many batches are in flight, so long after many messages came whose calls take as long as Lambda allows."""
    first, second = chain(mapping=mapping).steps
    patient = replace(second, function=replace(second.function, timeout_s=900))
    run = Simulation(
        replace(chain(), steps=(first, patient)), at_once("1@0s"), samples(NO_TIME, (899_000.0,)), conditions
    )
    for photo in range(20_000):
        run.queues["work"].send(photo, 0.0)
    run.env.run(until=seconds)
    return run.mappings[0].in_flight


def test_es13_a_busy_mapping_grows_by_300_batches_a_minute_up_to_1250() -> None:
    assert in_flight_after(0.1, MANY) == 5
    assert in_flight_after(60, MANY) == pytest.approx(305, abs=2)
    assert in_flight_after(120, MANY) == pytest.approx(605, abs=2)
    assert in_flight_after(600, MANY) == 1_250


def test_es14_maximum_concurrency_is_not_exceeded() -> None:
    assert in_flight_after(120, MANY, mapping="BatchSize: 1\n      ScalingConfig: {MaximumConcurrency: 40}") == 40


def test_es48_provisioned_pollers_begin_with_ten_calls_each_and_grow_by_1000_a_minute() -> None:
    pollers = replace(MANY, pollers=ProvisionedPollers(10, 300))
    assert in_flight_after(0.1, pollers) == 100
    assert in_flight_after(60, pollers) == pytest.approx(1_100, abs=5)
    assert in_flight_after(600, pollers) == 3_000


def test_a_function_gets_1000_new_environments_in_ten_seconds() -> None:
    conditions = replace(AS_MEASURED, attempts=1)
    load = at_once("3000@0s", "3000@5s", "3000@25s")
    run = Simulation(chain(), load, samples((29_000.0,), NO_TIME), conditions).run()
    assert run.functions["first"].counts.cold_starts == 1_000 + 500 + 1_000
    assert run.limits.in_order()[0].limit is Limit.SCALING_RATE


def test_the_account_limit_refuses_what_exceeds_it_and_clients_send_again() -> None:
    conditions = replace(AS_MEASURED, account_concurrency=10)
    run = Simulation(chain(), at_once("15@1s"), samples((150.0,), (10.0,)), conditions).run()
    assert run.limits.in_order()[0].limit is Limit.ACCOUNT
    assert run.functions["first"].counts.throttles >= 5
    assert not sum(run.recorder.failed)


def test_requests_a_second_are_ten_for_each_execution() -> None:
    conditions = replace(AS_MEASURED, account_concurrency=10, attempts=1)
    run = Simulation(chain(), steady(200, "1m"), samples((5.0,), (1.0,)), conditions).run()
    assert Limit.REQUEST_RATE in {one.limit for one in run.limits.in_order() if one.name == "first"}
    assert run.functions["first"].counts.calls == pytest.approx(6_000, rel=0.03)


def test_es45_a_message_that_always_fails_is_dead_after_its_last_receive() -> None:
    run = Simulation(chain(), at_once("4@1s"), samples((1.0,), (1.0,), second_failed=1.0), AS_MEASURED).run()
    counts = run.queues["work"].counts
    assert (counts.dead, counts.returned, run.functions["second"].counts.calls) == (4, 4 * 2, 4 * 3)
    assert all(moment == NEVER for moment in run.recorder.done)
    assert run.ended_s == pytest.approx(1 + 3 * 60, abs=0.5)  # each time after the queue's visibility timeout


def test_es24_only_reported_messages_come_back() -> None:
    mapping = "BatchSize: 10\n      FunctionResponseTypes: [ReportBatchItemFailures]"
    times = samples((1.0,), (300.0,), second_failed=0.2)
    run = Simulation(chain(mapping=mapping), steady(20, "5m"), times, AS_MEASURED).run()
    counts = run.queues["work"].counts
    assert counts.returned / counts.sent == pytest.approx(0.2 + 0.04, abs=0.03)
    assert counts.dead / counts.sent == pytest.approx(0.2**3, abs=0.006)


def test_es21_one_failed_message_fails_its_whole_batch_without_reports() -> None:
    mapping = "BatchSize: 10\n      MaximumBatchingWindowInSeconds: 1"
    times = samples((1.0,), (1.0,), second_failed=1.0)
    run = Simulation(chain(mapping=mapping), at_once("10@1s"), times, AS_MEASURED).run()
    assert run.functions["second"].counts.calls == 3
    assert run.queues["work"].counts.dead == 10


def test_es11_a_batch_window_collects() -> None:
    mapping = "BatchSize: 100\n      MaximumBatchingWindowInSeconds: 5"
    run = Simulation(chain(mapping=mapping), steady(10, "10m"), samples((1.0,), (1.0,)), AS_MEASURED).run()
    assert run.functions["second"].counts.calls == pytest.approx(600 / 5.1, rel=0.05)
    assert max(run.recorder.latencies()) == pytest.approx(5_000, rel=0.05)


def test_es22_a_throttled_batch_is_tried_again_and_nothing_is_lost() -> None:
    small = chain(second="ReservedConcurrentExecutions: 1")
    run = Simulation(small, at_once("20@1s"), samples((1.0,), (500.0,)), AS_MEASURED).run()
    assert run.functions["second"].counts.throttles > 0
    assert not sum(run.recorder.failed)
    assert Limit.RESERVED in {one.limit for one in run.limits.in_order()}


def test_a_call_beyond_its_timeout_fails() -> None:
    run = Simulation(chain(), at_once("1@1s"), samples((31_000.0,), (1.0,)), AS_MEASURED).run()
    assert run.functions["first"].counts.timeouts == 1
    assert run.limits.in_order()[0].limit is Limit.TIMEOUT
    assert sum(run.recorder.failed) == 1


def test_the_same_seed_gives_the_same_run_and_another_one_another() -> None:
    def latencies(seed: int) -> list[float]:
        conditions = replace(AS_MEASURED, seed=seed)
        return Simulation(chain(), steady(30, "1m"), times, conditions).run().recorder.latencies()

    times = samples(EXPONENTIAL, EXPONENTIAL)
    assert latencies(1) == latencies(1)
    assert latencies(1) != latencies(2)


def test_every_photo_comes_to_an_end() -> None:
    load = read_load(LoadTexts(rate="50", duration="2m", bursts=["500@1m"]))
    conditions = replace(AS_MEASURED, account_concurrency=20)
    run = Simulation(chain(), load, samples(EXPONENTIAL, EXPONENTIAL, second_failed=0.05), conditions).run()
    done = sum(moment != NEVER for moment in run.recorder.done)
    assert done + sum(run.recorder.failed) == len(run.recorder.came)
    assert run.recorder.unsettled == 0
    assert all(queue.in_flight == 0 for queue in run.queues.values())


def test_half_the_memory_computes_half_as_fast_and_more_than_a_processor_helps_threads_only() -> None:
    assert Speed(1_769).slowdown == pytest.approx(1)
    assert Speed(884).slowdown == pytest.approx(2, rel=0.01)
    assert Speed(3_538).slowdown == pytest.approx(1)
    assert Speed(3_538, parallel=0.5).slowdown == pytest.approx(0.75)
    assert Speed(1_769, machine=2).slowdown == pytest.approx(0.5)


def test_the_needed_concurrency_is_littles_law_with_a_fifth_to_spare() -> None:
    run = Simulation(chain(), steady(100, "1m"), samples((200.0,), (50.0,)), AS_MEASURED)
    assert needed_concurrency(run) == {"first": 24, "second": 6}


def test_a_limit_counts_the_seconds_in_which_it_was_reached() -> None:
    limits = ReachedLimits()
    for moment in (3.2, 3.3, 3.9, 4.0, 7.5):
        limits.note(Limit.ACCOUNT, "first", moment)
    (reached,) = limits.in_order()
    assert (reached.first_s, reached.seconds) == (3.2, 3)
