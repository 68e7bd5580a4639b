"""This machine in virtual time: shared processors against theory, and runs whose result a hand can calculate."""

import random
from functools import partial

import pytest
import simpy

from facepipe.forecast.call_samples import AllSamples, CallSamples
from facepipe.forecast.local_machine import LocalLoad, LocalRun, MachineTimes
from facepipe.forecast.quantities import ForecastError
from facepipe.forecast.shared_processors import SharedProcessors
from tests.forecast_chains import chain


def test_one_shared_processor_takes_as_long_as_an_m_g_1_queue_with_processor_sharing() -> None:
    """The mean time is that of the work alone, divided by the idle share, whatever the distribution (Kleinrock)."""
    env, rng, times = simpy.Environment(), random.Random(2), []
    processors = SharedProcessors(env, 1)

    def ended(came: float) -> None:
        times.append(env.now - came)

    def jobs() -> simpy.events.ProcessGenerator:
        for _ in range(15_000):
            yield env.timeout(rng.expovariate(6.0))
            processors.run(rng.choice([0.05, 0.15]), partial(ended, env.now))

    env.process(jobs())
    env.run()
    assert sum(times) / len(times) == pytest.approx(0.1 / (1 - 0.6), rel=0.06)


def test_jobs_share_what_there_is_and_get_no_more_than_they_can_use() -> None:
    env, ended = simpy.Environment(), dict[str, float]()
    processors = SharedProcessors(env, 2)

    def end(name: str) -> None:
        ended[name] = env.now

    for name, work_s, at_most in (("a", 1.0, 1.0), ("b", 1.0, 1.0), ("c", 1.0, 1.0), ("d", 0.25, 0.25)):
        processors.run(work_s, partial(end, name), at_most=at_most)
    env.run()
    assert ended["a"] == ended["b"] == ended["c"] == pytest.approx(3.25 / 2)
    assert ended["d"] == pytest.approx(3.25 / 2)


def test_a_job_with_threads_is_faster_alone() -> None:
    env, ended = simpy.Environment(), []
    SharedProcessors(env, 2).run(3.0, lambda: ended.append(env.now), at_most=1.5)
    env.run()
    assert ended == [pytest.approx(2.0)]


def times(*, client_ms: float = 10, emulator_ms: float = 15, engines_ms: float = 0, rest_ms: float = 5) -> MachineTimes:
    """Calls of 50 ms that compute all the time; the emulator's work and a rest come to a photo's latency."""
    calls = {name: CallSamples(name, (50.0,), processor_ms=50.0) for name in ("first", "second")}
    return MachineTimes(client_ms, emulator_ms, engines_ms, 100 + emulator_ms + rest_ms, AllSamples("the test", calls))


def test_one_in_flight_is_what_was_measured() -> None:
    run = LocalRun(chain(), times(), LocalLoad(50, 1), cores=2, environments=2).run()
    latencies = run.recorder.latencies()
    assert latencies == [pytest.approx(120)] * 50
    assert run.throughput_per_s == pytest.approx(1 / (0.120 + 0.010), rel=0.01)


def test_a_low_rate_has_the_latency_of_one_in_flight() -> None:
    run = LocalRun(chain(), times(), LocalLoad(50, rate_per_s=2), cores=2, environments=2).run()
    assert run.recorder.latencies() == [pytest.approx(120)] * 50
    assert run.throughput_per_s == pytest.approx(2, rel=0.03)


def test_what_a_call_does_after_it_has_sent_its_message_delays_no_photo_but_keeps_its_environment() -> None:
    """Parts of 115 ms and a latency of 95: the last 10 ms of both calls go on beside what follows."""
    alone = times(rest_ms=-20)
    run = LocalRun(chain(), alone, LocalLoad(50, 1), cores=2, environments=2).run()
    assert run.recorder.latencies() == [pytest.approx(95)] * 50
    busy = LocalRun(chain(), alone, LocalLoad(400, 16), cores=16, environments=1).run()
    assert busy.throughput_per_s == pytest.approx(1 / 0.050, rel=0.03)


def test_many_in_flight_use_up_the_processors() -> None:
    """Two processors, 50 + 50 + 15 + 10 ms of a photo: 16 a second, whatever waits."""
    run = LocalRun(chain(), times(), LocalLoad(400, 16), cores=2, environments=4).run()
    assert run.throughput_per_s == pytest.approx(2 / 0.125, rel=0.03)
    latencies = run.recorder.latencies()
    in_the_client_s = 0.010
    assert sum(latencies) / len(latencies) / 1000 + in_the_client_s == pytest.approx(16 / 16, rel=0.1)  # Little's law


def test_few_environments_limit_a_machine_with_many_processors() -> None:
    run = LocalRun(chain(), times(), LocalLoad(400, 16), cores=16, environments=1).run()
    assert run.throughput_per_s == pytest.approx(1 / 0.050, rel=0.03)


def test_a_bench_file_without_processor_times_is_named() -> None:
    content = {"calls": {"first": {"handler_ms": [1.0]}}, "figures": {"latency_ms": {"average": 5.0}}}
    with pytest.raises(ForecastError, match=r"old.json has no processor times by part"):
        MachineTimes.read(content, "old.json")
    read = MachineTimes.read(
        {**content, "processor_ms": {"client": 1.0, "emulator": 2.0, "engines": 3.0, "first": 4.0}}, "new.json"
    )
    assert (read.client_ms, read.emulator_ms, read.engines_ms, read.latency_ms) == (1, 2, 3, 5)
