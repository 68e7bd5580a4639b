"""Simulates a chain of functions and queues under a load, call by call and message by message, in virtual time."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import simpy

from emulator.aws.limits import ACCOUNT_CONCURRENCY
from emulator.event_source.concurrency import Concurrency
from emulator.invocation import OutcomeKind
from emulator.resources import EventSourceMapping, Function
from emulator.resources.provisioned_pollers import ProvisionedPollers
from facepipe.client.posts import RETRY_PAUSES_S
from facepipe.forecast.aws_assumptions import AwsAssumptions
from facepipe.forecast.call_samples import AllSamples
from facepipe.forecast.chain import Chain, Step
from facepipe.forecast.lambda_account import LambdaAccount
from facepipe.forecast.lambda_memory import Speed, scale
from facepipe.forecast.offered_load import OfferedLoad
from facepipe.forecast.reached_limits import ReachedLimits
from facepipe.forecast.recorder import BINS, Recorder
from facepipe.forecast.simulated_function import CallEnd, CallModel, SimulatedFunction
from facepipe.forecast.simulated_mapping import SimulatedMapping
from facepipe.forecast.simulated_queue import Letter, SimulatedQueue

DRAIN_S = 7_200.0  #: after the last photo: what has not ended then is reported as unfinished
LOOKS = 4  #: at the backlog, in each stretch of time


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a simulation."""

    seed: int = 1
    account_concurrency: int = ACCOUNT_CONCURRENCY
    memory_mb: int | None = None  #: of every function, instead of the template's
    parallel: float = 0.0  #: see `Speed`
    machine: float = 1.0  #: see `Speed`
    attempts: int = 20  #: of a client whose POST is throttled, as `facepipe send` makes them
    pollers: ProvisionedPollers | None = None  #: of every mapping, instead of the template's scaling
    assumptions: AwsAssumptions = AwsAssumptions()

    def memory_of(self, function: Function) -> int:
        """Return a function's memory."""
        return self.memory_mb or function.memory_mb

    def mapping_of(self, mapping: EventSourceMapping) -> EventSourceMapping:
        """Return a mapping with the pollers that were chosen."""
        if self.pollers is None:
            return mapping
        return replace(mapping, provisioned_pollers=self.pollers, maximum_concurrency=None)

    def scale_of(self, function: Function, samples: AllSamples) -> float:
        """Return the factor by which a function's measured times change under these conditions."""
        speed = Speed(self.memory_of(function), self.parallel, self.machine)
        return scale(samples.of(function.name), speed)


@dataclass(slots=True)
class Simulation:
    """One run. It is over when every photo has come to its end, or long after the last one."""

    chain: Chain
    load: OfferedLoad
    samples: AllSamples
    conditions: Conditions
    progress: Callable[[float], None] = lambda _: None  #: is told which share of the time has passed
    env: simpy.Environment = field(default_factory=simpy.Environment)
    limits: ReachedLimits = field(default_factory=ReachedLimits)
    recorder: Recorder = field(init=False)
    functions: dict[str, SimulatedFunction] = field(init=False)
    queues: dict[str, SimulatedQueue] = field(init=False)
    mappings: list[SimulatedMapping] = field(init=False)
    results: int = 0  #: messages in queues that clients receive
    ended_s: float = 0.0
    _rng: random.Random = field(init=False)
    _all_came: bool = False
    _over: simpy.Event = field(init=False)

    def __post_init__(self) -> None:
        """Build everything; nothing runs before `run`."""
        self._rng = random.Random(self.conditions.seed)  # noqa: S311  # no secret depends on it
        self.recorder = Recorder(self.load.span_s)
        self._over = self.env.event()
        functions = {step.function.name: step.function for step in self.chain.steps}
        account = LambdaAccount(list(functions.values()), lambda: self.env.now, self.conditions.account_concurrency)
        self.functions = {name: self._function(function, account) for name, function in functions.items()}
        queues = {step.queue.name: (step.queue, step.function.name) for step in self.chain.steps if step.queue}
        self.queues = {
            name: SimulatedQueue(self.env, queue, self.samples.of(function).message_bytes, self._died)
            for name, (queue, function) in queues.items()
        }
        self.mappings = [self._mapping(step) for step in self.chain.steps if step.mapping]

    def _function(self, function: Function, account: LambdaAccount) -> SimulatedFunction:
        assumptions, recorder = self.conditions.assumptions, self.recorder
        reports = [step.mapping.report_batch_item_failures for step in self.chain.steps if step.mapping]
        model = CallModel(
            self.samples.of(function.name),
            self.conditions.scale_of(function, self.samples),
            assumptions.cold_image_s if function.image_uri else assumptions.cold_zip_s,
            reports_failures=any(reports) and function.name != self.chain.first.function.name,
        )

        def count(counts: list[int]) -> None:
            counts[recorder.position(self.env.now)] += 1

        return SimulatedFunction(
            self.env,
            function,
            model,
            account,
            self.limits,
            self._rng,
            cold=lambda: count(recorder.cold),
            refused=lambda: count(recorder.refused),
        )

    def _mapping(self, step: Step) -> SimulatedMapping:
        assert step.mapping and step.queue  # noqa: S101, PT018  # a step with a mapping has a queue (chain.py)
        mapping = self.conditions.mapping_of(step.mapping)
        return SimulatedMapping(
            self.env,
            mapping,
            self.queues[step.queue.name],
            self.functions[step.function.name],
            Concurrency.of(mapping),
            self.limits,
            lambda letter: self._handled(step, letter.photo),
        )

    # ---- a photo's way
    def run(self) -> "Simulation":
        """Simulate until the end."""
        self.env.process(self._photos())
        self.env.process(self._look())
        self.env.run(until=self.env.any_of([self._over, self.env.timeout(self.load.span_s + DRAIN_S)]))
        self.ended_s = self.env.now
        return self

    def _photos(self) -> simpy.events.ProcessGenerator:
        came, env = 0.0, self.env
        for moment in self.load.arrivals(random.Random(self.conditions.seed + 1)):  # noqa: S311
            if moment > came:
                yield env.timeout(moment - came)
                came = moment
            self._post(self.recorder.begin(env.now - self.conditions.assumptions.url_s), 1)
        self._all_came = True
        self._check_end()

    def _post(self, photo: int, attempt: int) -> None:
        """Call the URL's function; a client posts a throttled photo again after the pauses of `facepipe send`."""
        first = self.functions[self.chain.first.function.name]
        if first.call(1, lambda end: self._answered(photo, end)) is None:
            return
        if attempt >= self.conditions.attempts:
            self._end(photo, failed=True)
            return
        pause = RETRY_PAUSES_S[min(attempt, len(RETRY_PAUSES_S)) - 1]
        self.env.timeout(pause).callbacks.append(lambda _: self._post(photo, attempt + 1))

    def _answered(self, photo: int, end: CallEnd) -> None:
        if end.failed or end.kind is not OutcomeKind.SUCCESS:
            self._end(photo, failed=True)
        else:
            self._handled(self.chain.first, photo)

    def _handled(self, step: Step, photo: int) -> None:
        """Send what a function sends after a request or message; the photo's end is when nothing follows."""
        for name in step.sends:
            if name in self.queues:
                self.recorder.more(photo, 1)
                delay = self.conditions.assumptions.delivery_s
                self.queues[name].send(photo, delay)
            else:
                self.results += 1
        self._end(photo)

    def _died(self, letter: Letter) -> None:
        self.recorder.dead[self.recorder.position(self.env.now)] += 1
        self._end(letter.photo, failed=True)

    def _end(self, photo: int, *, failed: bool = False) -> None:
        self.recorder.end(photo, self.env.now, failed=failed)
        self._check_end()

    def _check_end(self) -> None:
        if self._all_came and not self.recorder.unsettled and not self._over.triggered:
            self._over.succeed()

    def _look(self) -> simpy.events.ProcessGenerator:
        """Record backlog and calls in flight at intervals, and report the progress."""
        recorder, step = self.recorder, self.load.span_s / BINS / LOOKS
        while True:
            position = recorder.position(self.env.now)
            visible = sum(len(queue.visible) for queue in self.queues.values())
            calls = sum(next(iter(self.functions.values())).account.in_flight.values())
            recorder.backlog[position] = max(recorder.backlog[position], visible)
            recorder.at_once[position] = max(recorder.at_once[position], calls)
            self.progress(min(1.0, self.env.now / self.load.span_s))
            yield self.env.timeout(step)


def needed_concurrency(simulation: Simulation) -> Mapping[str, int]:
    """Return the concurrency that each function needs at the load's peak, by Little's law, with a fifth to spare."""
    needed = {}
    for name, function in simulation.functions.items():
        seconds = function.model.samples.mean_ms * function.model.scale / 1000
        needed[name] = max(1, -(-int(simulation.load.peak * seconds * 1.2 * 1000) // 1000))
    return needed
