"""A mapping in virtual time, with the emulator's own rules for concurrency and outcomes (ES-10 to ES-27)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import simpy

from emulator.event_source.concurrency import CAPACITY_PAUSE_S, QUIET_S, THROTTLE_PAUSES_S, Concurrency
from emulator.event_source.settle import Verdict, settle
from emulator.invocation import Outcome, OutcomeKind
from emulator.resources import EventSourceMapping
from facepipe.forecast.reached_limits import Limit, ReachedLimits
from facepipe.forecast.simulated_function import CallEnd, SimulatedFunction
from facepipe.forecast.simulated_queue import Letter, SimulatedQueue

COUNTS_S = 1.0  #: a limit counts as reached when a message has waited so long for it
POLL_S = 20.0  #: the longest poll: an idle poller makes one request in that time
SUCCEEDED, REFUSED = Outcome(OutcomeKind.SUCCESS, b""), Outcome(OutcomeKind.THROTTLED, b"{}")


@dataclass(slots=True, eq=False)
class Batch:
    """Messages on their way to the function."""

    letters: list[Letter]
    hidden_until: float
    attempts: int = 0


@dataclass(slots=True)
class SimulatedMapping:
    """Takes batches from a queue to a function."""

    env: simpy.Environment
    mapping: EventSourceMapping
    queue: SimulatedQueue
    function: SimulatedFunction
    concurrency: Concurrency
    limits: ReachedLimits
    handled: Callable[[Letter], None]  #: is called with each message that the function has processed
    hidden_s: int = field(init=False)  #: how long received messages are hidden (ES-12)
    in_flight: int = 0
    _collected: list[Letter] = field(default_factory=list)  #: of a batch whose window lasts
    _window: int = 0  #: number of the current batch window
    _asks: bool = False  #: it asks again soon whether another batch may be in flight
    _last_message: float = 0.0

    def __post_init__(self) -> None:
        """Begin to poll."""
        own = self.queue.queue.visibility_timeout_s
        timeout_s = self.function.function.timeout_s
        self.hidden_s = self.mapping.visibility_s(function_timeout_s=timeout_s, queue_s=own) or own
        self.queue.arrived = self.pump
        self._rest()

    def pump(self) -> None:
        """Take as many batches as the limits allow."""
        while self.queue.visible:
            self._last_message = self.env.now
            if not self._collected and not self.concurrency.allows(self.in_flight, self.env.now):
                self._wait_for_capacity()
                return
            letters = self.queue.receive(self.mapping.batch_size - len(self._collected))
            if not letters:
                self.limits.note(Limit.QUEUE, self.queue.queue.name, self.env.now)
                return
            self._collect(letters)

    def _collect(self, letters: list[Letter]) -> None:
        """Start a batch at once without a window, else when it is full or the window ends (ES-11)."""
        first = not self._collected
        self._collected += letters
        if not self.mapping.batch_window_s or len(self._collected) >= self.mapping.batch_size:
            self._start()
        elif first:
            window = self._window
            self._after(self.mapping.batch_window_s, lambda: self._start() if window == self._window else None)

    def _start(self) -> None:
        letters, self._collected = self._collected, []
        self._window += 1
        self.in_flight += 1
        self._invoke(Batch(letters, self.env.now + self.hidden_s))

    def _invoke(self, batch: Batch) -> None:
        if self.function.call(len(batch.letters), lambda end: self._settle(batch, outcome_of(end))):
            self._settle(batch, REFUSED)

    def _settle(self, batch: Batch, outcome: Outcome) -> None:
        """Delete what the emulator's own rules delete; try a throttled batch again while it is hidden (ES-22)."""
        report = self.mapping.report_batch_item_failures
        names = {str(position): letter for position, letter in enumerate(batch.letters)}
        plan = settle(outcome, tuple(names), report_batch_item_failures=report)
        if plan.verdict is Verdict.THROTTLED:
            self.concurrency.back_off()
            pause = THROTTLE_PAUSES_S[min(batch.attempts, len(THROTTLE_PAUSES_S) - 1)]
            if self.env.now + pause < batch.hidden_until:
                if not batch.attempts:  # a late call may still run when its messages become visible
                    self.queue.show_at(batch.letters, batch.hidden_until)
                batch.attempts += 1
                self._after(pause, lambda: self._invoke(batch))
                return
        self.concurrency.follow(plan.verdict, report_batch_item_failures=report)
        done = [names[name] for name in plan.delete if not names[name].deleted]
        if done:
            self.queue.delete(done)
        if len(done) < len(batch.letters) and not batch.attempts:
            self.queue.show_at(batch.letters, batch.hidden_until)
        self.in_flight -= 1
        for letter in done:
            self.handled(letter)
        self.pump()

    def _wait_for_capacity(self) -> None:
        """Ask again soon, as the emulator's mapping does; note the limit once messages wait for it."""
        if self.env.now - self.queue.visible[0].since >= COUNTS_S:
            self.limits.note(*self._limit(), self.env.now)
        if not self._asks:
            self._asks = True
            self._after(CAPACITY_PAUSE_S, self._ask_again)

    def _limit(self) -> tuple[Limit, str]:
        """Return the limit that stops the mapping now, and the resource to which the limit belongs."""
        if self.mapping.provisioned_pollers:
            return Limit.POLLERS, self.mapping.function
        highest = Limit.MAXIMUM if self.mapping.maximum_concurrency else Limit.CEILING
        at_its_end = self.concurrency.limit >= self.concurrency.scaling.ceiling
        return (highest if at_its_end else Limit.STEPS), self.mapping.function

    def _ask_again(self) -> None:
        self._asks = False
        self.pump()

    def _rest(self) -> None:
        """Scale down after a time without messages, and count the requests of idle pollers."""
        if self.env.now - self._last_message >= QUIET_S:
            self.concurrency.rest()
        self.queue.counts.requests += max(0, int(self.concurrency.limit) - self.in_flight) if self.env.now else 0
        self._after(POLL_S, self._rest)

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self.env.timeout(seconds).callbacks.append(lambda _: act())


def outcome_of(end: CallEnd) -> Outcome:
    """Return a call's end as the function would have answered: with the messages that failed (ES-24)."""
    if end.kind is not OutcomeKind.SUCCESS:
        return Outcome(end.kind, b"{}", reason=end.kind.value)
    if not end.failed:
        return SUCCEEDED
    failures = [{"itemIdentifier": str(position)} for position in end.failed]
    return Outcome(OutcomeKind.SUCCESS, json.dumps({"batchItemFailures": failures}).encode())
