"""The pipeline on one machine in virtual time: client, emulator and environments share its processors.

One run with one photo in flight gives everything: a photo's processor time by part, and the times of its calls.
Nothing is fitted to the runs with which the forecast is compared.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import simpy

from emulator.event_source.concurrency import Concurrency
from emulator.resources import Function
from facepipe.forecast.call_samples import AllSamples, CallSamples, read_samples
from facepipe.forecast.chain import Chain
from facepipe.forecast.quantities import ForecastError
from facepipe.forecast.reached_limits import ReachedLimits
from facepipe.forecast.recorder import NEVER, Recorder
from facepipe.forecast.shared_processors import OneByOne, SharedProcessors
from facepipe.forecast.simulated_function import WELL, CallEnd
from facepipe.forecast.simulated_mapping import SimulatedMapping
from facepipe.forecast.simulated_queue import Letter, SimulatedQueue


@dataclass(frozen=True, slots=True)
class MachineTimes:
    """What one photo costs when it has the machine for itself; times in ms."""

    client_ms: float
    emulator_ms: float
    engines_ms: float  #: RIE and supervisors, of all calls of a photo
    latency_ms: float  #: from the POST accepted to the result in the queue, on average
    calls: AllSamples

    @classmethod
    def read(cls, content: Any, source: str) -> "MachineTimes":
        """Read a bench file; `ForecastError` if it has no processor times."""
        calls = read_samples(content, source)
        try:
            parts, latency_ms = content["processor_ms"], float(content["figures"]["latency_ms"]["average"])
            return cls(parts["client"], parts["emulator"], parts["engines"], latency_ms, calls)
        except (KeyError, TypeError, ValueError) as error:
            raise ForecastError(
                f"{source} has no processor times by part: let `scripts/bench pipeline` start the pipeline itself"
            ) from error

    def rest_ms(self, names: tuple[str, ...]) -> float:
        """Return what of a photo's latency no part accounts for: waits for sockets, timers and the scheduler."""
        return max(0.0, self.latency_ms - self._calls_ms(names) - self.emulator_ms)

    def share_after_sending(self, names: tuple[str, ...]) -> float:
        """Return the share of a call's time that comes after its message was sent, on which no photo waits.

        The parts of a photo take longer than its latency: what is too much is work that goes on beside the next step.
        """
        calls_ms = self._calls_ms(names)
        return max(0.0, calls_ms + self.emulator_ms - self.latency_ms) / calls_ms

    def _calls_ms(self, names: tuple[str, ...]) -> float:
        return sum(self.calls.of(name).mean_ms for name in names)


@dataclass(frozen=True, slots=True)
class LocalLoad:
    """What `bench pipeline` sends."""

    requests: int
    in_flight: int = 0  #: so many at once
    rate_per_s: float = 0.0  #: or so many a second, evenly


@dataclass(slots=True)
class LocalFunction:
    """A function with a fixed number of environments, which calls wait for."""

    function: Function
    samples: CallSamples
    engine_ms: float
    after: float  #: the share of a call's time after it has sent its message
    processors: SharedProcessors
    rng: random.Random
    free: int
    _line: list[Callable[[], None]] = field(default_factory=list)

    def call(self, requests: int, done: Callable[[CallEnd], None]) -> None:
        """Begin a call when an environment is free; nothing is refused here. `done` is called when it has sent."""
        self._line.append(lambda: self._begin(requests, done))
        self._next()

    def _next(self) -> None:
        if self.free and self._line:
            self.free -= 1
            self._line.pop(0)()

    def _begin(self, requests: int, done: Callable[[CallEnd], None]) -> None:
        """Draw how long a call would take alone; it computes as much of that time as the measured ones did."""
        alone_s = sum(self.rng.choice(self.samples.handler_ms) for _ in range(requests)) / 1000
        wanted = self.samples.computing + self.engine_ms / self.samples.mean_ms
        before_s, after_s = alone_s * (1 - self.after), alone_s * self.after
        self.processors.run(before_s * wanted, lambda: self._sent(after_s, wanted, done), at_most=wanted)

    def _sent(self, after_s: float, wanted: float, done: Callable[[CallEnd], None]) -> None:
        done(WELL)
        self.processors.run(after_s * wanted, self._end, at_most=wanted)

    def _end(self) -> None:
        self.free += 1
        self._next()


@dataclass(slots=True)
class LocalRun:
    """One simulated run of `bench pipeline`, with a chain of two functions."""

    chain: Chain
    times: MachineTimes
    load: LocalLoad
    cores: int
    environments: int
    seed: int = 1
    env: simpy.Environment = field(default_factory=simpy.Environment)
    recorder: Recorder = field(default_factory=lambda: Recorder(3_600.0))
    _client: OneByOne = field(init=False)
    _emulator: OneByOne = field(init=False)
    _functions: Mapping[str, LocalFunction] = field(init=False)
    _queue: SimulatedQueue = field(init=False)
    _posted: int = 0
    _over: simpy.Event = field(init=False)

    def __post_init__(self) -> None:
        """Build everything; nothing runs before `run`."""
        if [bool(step.mapping) for step in self.chain.steps] != [False, True]:
            raise ForecastError("a run on this machine is simulated for a URL, one queue and its one mapping only")
        processors, rng = SharedProcessors(self.env, self.cores), random.Random(self.seed)  # noqa: S311
        self._client, self._emulator, self._over = OneByOne(processors), OneByOne(processors), self.env.event()
        engine_ms = self.times.engines_ms / len(self.chain.steps)
        after = self.times.share_after_sending(self.chain.functions)
        self._functions = {
            step.function.name: LocalFunction(
                step.function,
                self.times.calls.of(step.function.name),
                engine_ms,
                after,
                processors,
                rng,
                self.environments,
            )
            for step in self.chain.steps
        }
        self._map(self.chain.steps[1].function.name)

    def _map(self, name: str) -> None:
        """Connect the queue with its function; no more batches are taken than there are environments."""
        step = self.chain.steps[1]
        assert step.mapping and step.queue  # noqa: S101, PT018  # `__post_init__` has looked
        most = min(step.mapping.maximum_concurrency or self.environments, self.environments)
        mapping = replace(step.mapping, maximum_concurrency=most)
        self._queue = SimulatedQueue(self.env, step.queue, 0.0, lambda _: None)
        function: Any = self._functions[name]
        concurrency = Concurrency.of(mapping)
        SimulatedMapping(self.env, mapping, self._queue, function, concurrency, ReachedLimits(), self._recognised)

    def run(self) -> "LocalRun":
        """Simulate until the last result."""
        if self.load.rate_per_s:
            self.env.process(self._at_rate())
        else:
            for _ in range(min(self.load.in_flight, self.load.requests)):
                self._post()
        self.env.run(until=self._over)
        return self

    @property
    def throughput_per_s(self) -> float:
        """From the first POST accepted to the last result, as `bench pipeline` has it."""
        return len(self.recorder.came) / (max(self.recorder.done) - min(self.recorder.came))

    def _at_rate(self) -> simpy.events.ProcessGenerator:
        for number in range(self.load.requests):
            yield self.env.timeout(max(0.0, number / self.load.rate_per_s - self.env.now))
            self._post()

    # ---- a photo's way; the client's work is halved, the emulator's is in three equal parts
    def _post(self) -> None:
        self._posted += 1
        self._client.run(self.times.client_ms / 2_000, self._accepted)

    def _accepted(self) -> None:
        photo = self.recorder.begin(self.env.now)
        self._emulate(lambda: self._functions[self.chain.first.function.name].call(1, lambda _: self._detected(photo)))

    def _detected(self, photo: int) -> None:
        rest_s = self.times.rest_ms(self.chain.functions) / 1000
        self._emulate(lambda: self._queue.send(photo, rest_s))

    def _recognised(self, letter: Letter) -> None:
        self._emulate(lambda: self._result(letter.photo))

    def _result(self, photo: int) -> None:
        self.recorder.end(photo, self.env.now)
        self._client.run(self.times.client_ms / 2_000, self._received)

    def _received(self) -> None:
        if not self.load.rate_per_s and self._posted < self.load.requests:
            self._post()
        done = sum(moment != NEVER for moment in self.recorder.done)
        if done == self.load.requests and not self._over.triggered:
            self._over.succeed()

    def _emulate(self, then: Callable[[], None]) -> None:
        self._emulator.run(self.times.emulator_ms / 3_000, then)
