"""One event source mapping against a model of SQS, in virtual time."""

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.aws.trace_header import invocation_header
from emulator.event_source.batching import Source
from emulator.event_source.mapping import Poller
from emulator.event_source.settle import SettlePlan, Verdict, settle
from emulator.events import Event, ignore
from emulator.invocation import BatchInvoker, Invocation, Outcome, OutcomeKind
from emulator.journal.entries import Entry, Kind
from emulator.journal.observer import to_entry
from emulator.queues import QueueError, QueueMissingError
from emulator.resources import EventSourceMapping, Queue
from tests.unit.emulator.sqs_model import SqsModel, now, run

REPORTING = EventSourceMapping("Mapping", "jobs", "worker", report_batch_item_failures=True)
PLAIN = EventSourceMapping("Mapping", "jobs", "worker")

Answer = Callable[[list[dict]], Outcome]


def done(records: list[dict]) -> Outcome:
    return Outcome(OutcomeKind.SUCCESS, b'{"batchItemFailures":[]}')


def failed(records: list[dict]) -> Outcome:
    return Outcome(OutcomeKind.FUNCTION_ERROR, b"{}", reason="told to")


def throttled(records: list[dict]) -> Outcome:
    return Outcome(OutcomeKind.THROTTLED, b"{}", reason="Rate Exceeded")


def failing(*bodies: str) -> Answer:
    def answer(records: list[dict]) -> Outcome:
        items = [{"itemIdentifier": r["messageId"]} for r in records if r["body"] in bodies]
        return Outcome(OutcomeKind.SUCCESS, json.dumps({"batchItemFailures": items}).encode())

    return answer


class Roomy:
    """An invoker that always has an environment for another batch."""

    async def room_for_batch(self, function: str) -> None:
        pass

    def batch(self, function: str) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


@dataclass
class Function(Roomy):
    """Answers by a script, then with `done`; keeps what it was given, and when."""

    script: list[Answer] = field(default_factory=list)
    takes_s: float = 0.1
    events: list[tuple[float, list[str]]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)  #: what the mapping noted
    running: int = 0
    most: int = 0

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        records = json.loads(invocation.payload)["Records"]
        self.events.append((now(), [record["body"] for record in records]))
        answer = self.script.pop(0) if self.script else done
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self.takes_s)
        self.running -= 1
        return answer(records)

    def note(self, event: Event) -> None:
        """Keep what the journal would."""
        if entry := to_entry(event):
            self.entries.append(entry)

    @property
    def bodies(self) -> list[list[str]]:
        return [bodies for _, bodies in self.events]

    @property
    def ends(self) -> dict[str, Kind]:
        """Each message's last step."""
        return {entry.message_id: entry.kind for entry in self.entries}


async def work(
    mapping: EventSourceMapping,
    sqs: SqsModel,
    function: BatchInvoker,
    *,
    seconds: float,
    timeout_s: int = 3,
) -> Poller:
    """Run the mapping for some virtual seconds, then stop it as the emulator does."""
    source = Source("arn:aws:sqs:us-east-1:000000000000:jobs", "us-east-1", 30, timeout_s, sqs.maximum_receives or None)
    poller = Poller(
        mapping,
        source,
        sqs,
        function,
        now,
        getattr(function, "note", ignore),
        may_loop=lambda: isinstance(function, AllowedCircle),
    )
    stopping = asyncio.Event()
    task = asyncio.ensure_future(poller.run(stopping))
    await asyncio.sleep(seconds)
    stopping.set()
    await task
    return poller


def test_es12_visibility_covers_window_and_timeout() -> None:
    sqs, windowed = SqsModel(visibility_s=20), EventSourceMapping("M", "jobs", "worker", batch_window_s=18)
    sqs.put("a")
    run(work(windowed, sqs, Function(), seconds=60))
    assert {call["visibility_s"] for call in sqs.receives} == {18 + 3 + 30}

    roomy = SqsModel(visibility_s=30)
    roomy.put("a")
    run(work(windowed, roomy, Function(), seconds=60))
    assert {call["visibility_s"] for call in roomy.receives} == {None}


def test_es11_a_batch_waits_for_its_window_and_no_longer_than_it_is_full() -> None:
    mapping = EventSourceMapping("M", "jobs", "worker", batch_size=3, batch_window_s=5)

    async def two_then_many() -> Function:
        sqs, function = SqsModel(), Function()
        sqs.put("a", "b")
        task = asyncio.ensure_future(work(mapping, sqs, function, seconds=30))
        await asyncio.sleep(12)
        sqs.put("c", "d", "e")
        await task
        return function

    (first, waited), (second, full) = run(two_then_many()).events
    assert (waited, full) == (["a", "b"], ["c", "d", "e"])
    assert first == pytest.approx(5, abs=0.01)
    assert second == pytest.approx(12, abs=0.3), "the model looks for messages four times a second"


def test_es11_a_batch_too_large_for_one_event_becomes_several() -> None:
    sqs, function = SqsModel(), Function()
    bodies = [letter * 1_000_000 for letter in "abcdefgh"]
    sqs.put(*bodies)
    run(work(PLAIN, sqs, function, seconds=5))
    assert [len(event) for event in function.bodies] == [6, 2]
    assert not sqs.messages


def test_es15_a_group_that_failed_in_one_event_does_not_go_on_in_the_next() -> None:
    sqs, function = SqsModel(visibility_s=30), Function([failed])
    bodies = [letter * 1_000_000 for letter in "abcdefgh"]
    for body in bodies:
        sqs.put(body, group="one")
    run(work(EventSourceMapping("M", "jobs.fifo", "worker"), sqs, function, seconds=100))
    order = [body[0] for event in function.bodies for body in event]
    assert order == list("abcdef") + list("abcdef") + list("gh")
    assert not sqs.messages


def test_every_message_that_becomes_a_dead_letter_is_known_as_one() -> None:
    """Also one that never reached the function because its group had failed before it."""
    sqs, function = SqsModel(visibility_s=30, maximum_receives=2), Function([failed, failed])
    for letter in "abcdefgh":
        sqs.put(letter * 1_000_000, group="one")
    run(work(EventSourceMapping("M", "jobs.fifo", "worker"), sqs, function, seconds=100))
    assert len(sqs.dead) == 8
    assert {function.ends[one.id] for one in sqs.dead} == {Kind.DEAD_LETTERED}


def test_es15_order_holds_within_each_group() -> None:
    sqs, function = SqsModel(visibility_s=5), Function([failing("b1"), failing("a1", "a2")])
    for number in range(1, 4):
        sqs.put(f"a{number}", group="a")
        sqs.put(f"b{number}", group="b")
    fifo = EventSourceMapping("M", "jobs.fifo", "worker", batch_size=2, report_batch_item_failures=True)
    run(work(fifo, sqs, function, seconds=200))
    assert not sqs.messages
    for group in "ab":
        delivered = [body for event in function.bodies for body in event if body.startswith(group)]
        assert list(dict.fromkeys(delivered)) == [f"{group}{n}" for n in range(1, 4)]


def test_es15_as_many_batches_at_once_as_there_are_groups_and_one_of_each() -> None:
    sqs = SqsModel(visibility_s=60)
    for number in range(16):
        sqs.put(f"{number}", group=f"group {number % 8}")
    fifo = EventSourceMapping("M", "jobs.fifo", "worker", batch_size=1)
    function = Function(takes_s=2)
    run(work(fifo, sqs, function, seconds=30))
    assert function.most == 8
    assert not sqs.messages


def test_es13_a_quiet_mapping_scales_back() -> None:
    poller = run(work(PLAIN, SqsModel(), Function(), seconds=45))
    assert poller.concurrency.limit == 2


@pytest.mark.parametrize("window_s", [1, 5, 30])
def test_es11_a_quiet_queues_batch_waits_for_its_window_and_no_longer(window_s: int) -> None:
    """AWS might take up to 20 s where the window is shorter; that it need not is the reading taken here."""
    sqs, function = SqsModel(visibility_s=60), Function()
    sqs.put("a")
    run(work(EventSourceMapping("M", "jobs", "worker", batch_window_s=window_s), sqs, function, seconds=60))
    ((at, bodies),) = function.events
    assert bodies == ["a"]
    assert at == pytest.approx(window_s, abs=0.01)


def test_es11_a_full_payload_ends_the_window() -> None:
    sqs, function = SqsModel(visibility_s=200), Function()
    bodies = [letter * 1_000_000 for letter in "abcdefg"]
    sqs.put(*bodies)
    mapping = EventSourceMapping("M", "jobs", "worker", batch_size=100, batch_window_s=100)
    run(work(mapping, sqs, function, seconds=50))
    assert [len(bodies) for bodies in function.bodies] == [6, 1]
    assert function.events[0][0] < 50


class Circle(Function):
    """Puts what it is given back on its own queue, as a function does whose output goes to its input."""

    sqs: SqsModel

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        self.sqs.put("again", AWSTraceHeader=invocation.trace_id)
        return await super().invoke(invocation, within_s=within_s)


class AllowedCircle(Circle):
    """One whose loop PutFunctionRecursionConfig allows."""


def test_es47_a_recursive_loop_stops_after_16_invocations(caplog) -> None:
    sqs, function = SqsModel(visibility_s=30, maximum_receives=2), Circle()
    function.sqs = sqs
    sqs.put("first")
    run(work(PLAIN, sqs, function, seconds=300))
    assert len(function.events) == 16
    assert [one.body for one in sqs.dead] == ["again"]
    assert function.ends[sqs.dead[0].id] is Kind.DEAD_LETTERED
    assert "in a recursive loop" in caplog.text
    assert "a different queue" in caplog.text


def test_es47_la09_a_loop_that_is_allowed_goes_on() -> None:
    sqs, function = SqsModel(visibility_s=30, maximum_receives=2), AllowedCircle(takes_s=1)
    function.sqs = sqs
    sqs.put("first")
    run(work(PLAIN, sqs, function, seconds=5))
    assert len(function.events) > 16
    assert not sqs.dead


def test_es47_a_message_in_a_loop_does_not_hold_up_its_neighbours() -> None:
    sqs, function = SqsModel(visibility_s=300), Function()
    header = ""
    for _ in range(16):
        header = invocation_header([header], "worker")
    sqs.put("looping", AWSTraceHeader=header)
    sqs.put("fine", AWSTraceHeader=invocation_header([header], "another"))
    sqs.put("fine too")
    run(work(replace(PLAIN, function="other"), sqs, function, seconds=1))
    assert function.bodies == [["looping", "fine", "fine too"]], "another function's count is not this one's"
    sqs.put("looping", AWSTraceHeader=header)
    sqs.put("fine")
    function.events.clear()
    run(work(PLAIN, sqs, function, seconds=1))
    assert function.bodies == [["fine"]]


def test_es16_a_slow_function_may_see_a_message_twice() -> None:
    """At least once: a function that outlives its messages' visibility gets them again, and nothing is lost."""
    sqs, function = SqsModel(visibility_s=4), Function(takes_s=5)
    sqs.put("a")
    run(work(PLAIN, sqs, function, seconds=30))
    assert function.bodies.count(["a"]) >= 2
    assert not sqs.messages


def test_es21_a_failed_batch_returns_when_its_visibility_ends() -> None:
    sqs, function = SqsModel(visibility_s=30), Function([failed])
    sqs.put("a")
    run(work(PLAIN, sqs, function, seconds=60))
    first, second = (at for at, _ in function.events)
    assert 30 <= second - first < 31


def test_es21_a_failing_function_is_called_less_at_once() -> None:
    sqs, function = SqsModel(visibility_s=30), Function([failed] * 60)
    sqs.put(*map(str, range(60)))
    poller = run(work(EventSourceMapping("M", "jobs", "worker", batch_size=1), sqs, function, seconds=8))
    assert poller.concurrency.limit < 5


def test_es27_reported_failures_do_not_slow_the_polling() -> None:
    sqs, function = SqsModel(visibility_s=30), Function([failed] * 30)
    sqs.put(*map(str, range(30)))
    one = EventSourceMapping("M", "jobs", "worker", batch_size=1, report_batch_item_failures=True)
    poller = run(work(one, sqs, function, seconds=8))
    assert len(function.events) == 30
    assert poller.concurrency.limit >= 5


def test_es22_throttled_batches_are_tried_again_until_their_visibility_ends() -> None:
    sqs, function = SqsModel(visibility_s=10), Function([throttled] * 8)
    sqs.put("a")
    run(work(PLAIN, sqs, function, seconds=40))
    times = [at for at, _ in function.events]
    assert len([at for at in times if at < 10]) >= 5
    assert sqs.deleted == ["m0"]


def test_es22_throttling_spoils_good_messages_where_the_receive_count_is_low() -> None:
    """Reserved concurrency of 1, five batches at once, maxReceiveCount 1: what users cannot reproduce locally."""
    sqs, function = SqsModel(visibility_s=6, maximum_receives=1), Narrow(takes_s=5)
    sqs.put(*map(str, range(5)))
    run(work(EventSourceMapping("M", "jobs", "worker", batch_size=1), sqs, function, seconds=40))
    assert sqs.deleted
    assert sqs.dead, "never failed, and yet among the dead letters"
    assert not sqs.messages


class Narrow(Function):
    """A function with ReservedConcurrentExecutions 1."""

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        return throttled([]) if self.running else await super().invoke(invocation, within_s=within_s)


def test_es14_no_more_batches_at_once_than_the_maximum_concurrency() -> None:
    sqs, function = SqsModel(), Function(takes_s=1)
    sqs.put(*map(str, range(20)))
    run(work(EventSourceMapping("M", "jobs", "worker", batch_size=1, maximum_concurrency=2), sqs, function, seconds=15))
    assert function.most == 2
    assert len(function.events) == 20


def test_es31_what_no_filter_matches_is_deleted_unseen() -> None:
    sqs, function = SqsModel(), Function()
    sqs.put('{"kind":"a"}', '{"kind":"b"}', "plain")
    wanted = EventSourceMapping("M", "jobs", "worker", filter_patterns=('{"body":{"kind":["a"]}}',))
    run(work(wanted, sqs, function, seconds=5))
    assert function.bodies == [['{"kind":"a"}']]
    assert sorted(sqs.deleted) == ["m0", "m1", "m2"]


def test_es30_filters_come_before_batching() -> None:
    """Dropped messages take no place in a batch and do not end its window."""
    sqs, function = SqsModel(), Function()
    bodies = [json.dumps({"kind": "a" if n % 2 else "b"}) for n in range(10)]
    sqs.put(*bodies)
    mapping = EventSourceMapping(
        "M", "jobs", "worker", batch_size=5, batch_window_s=10, filter_patterns=('{"body":{"kind":["a"]}}',)
    )
    run(work(mapping, sqs, function, seconds=20))
    assert [len(event) for event in function.bodies] == [5]


class Comes(SqsModel):
    """A queue that a program makes after a minute, and nobody before."""

    asked = 0
    recreated = 0

    async def describe(self, name: str) -> Queue | None:
        self.asked += 1
        return await super().describe(name) if now() >= 60 else None

    async def receive(self, name: str, **options):
        if now() < 60:
            raise QueueMissingError("not made yet")
        return await super().receive(name, **options)

    def is_of_template(self, name: str) -> bool:
        return False

    async def recreate(self) -> None:
        self.recreated += 1


def test_a_queue_that_a_program_makes_is_waited_for_and_told_once(caplog) -> None:
    sqs, function = Comes(), Function()
    sqs.put("a")
    run(work(PLAIN, sqs, function, seconds=70))
    assert sqs.asked < 150
    assert sqs.recreated == 1, "the template's queues have nothing to do with it"
    waiting, back = [record.getMessage() for record in caplog.records]
    assert waiting.startswith("jobs does not exist")
    assert "create it" in waiting, "the cure"
    assert "polled" in back
    assert function.bodies == [["a"]]


def test_a_queue_of_the_template_that_is_gone_is_created_again(caplog) -> None:
    class Gone(SqsModel):
        gone = True

        async def receive(self, name: str, **options):
            if self.gone:
                raise QueueMissingError("deleted")
            return await super().receive(name, **options)

        async def recreate(self) -> None:
            self.gone = False

    sqs, function = Gone(), Function()
    sqs.put("a")
    run(work(PLAIN, sqs, function, seconds=5))
    gone, back = [record.getMessage() for record in caplog.records]
    assert gone.startswith("jobs does not exist any more")
    assert "polled" in back
    assert function.bodies == [["a"]]


def test_es12_a_queue_that_comes_late_is_polled_with_its_own_visibility() -> None:
    sqs, windowed = Comes(visibility_s=40), EventSourceMapping("M", "jobs", "worker", batch_window_s=35)
    run(work(windowed, sqs, Function(), seconds=90))
    assert {call["visibility_s"] for call in sqs.receives} == {None}, "SQS's default of 30 s would ask for more"


def test_es12_es45_a_queue_that_was_made_anew_is_taken_with_its_new_attributes() -> None:
    async def scenario() -> tuple[SqsModel, Poller]:
        sqs, windowed = SqsModel(visibility_s=60), EventSourceMapping("M", "jobs", "worker", batch_window_s=18)
        task = asyncio.ensure_future(work(windowed, sqs, Function(), seconds=200))
        await asyncio.sleep(100)
        sqs.visibility_s, sqs.maximum_receives = 10, 7
        return sqs, await task

    sqs, poller = run(scenario())
    assert {call["visibility_s"] for call in sqs.receives if call["at"] < 100} == {None}
    assert {call["visibility_s"] for call in sqs.receives if call["at"] > 110} == {18 + 3 + 30}
    assert poller.source.maximum_receives == 7


def test_es41_a_visibility_that_a_program_lowers_below_the_timeout_is_told_once(caplog) -> None:
    async def scenario() -> None:
        sqs = SqsModel(visibility_s=30)
        task = asyncio.ensure_future(work(PLAIN, sqs, Function(), seconds=200))
        await asyncio.sleep(50)
        sqs.visibility_s = 2
        await task

    run(scenario())
    (line,) = [record.getMessage() for record in caplog.records]
    assert "Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds" in line


def test_a_stop_ends_the_window_and_what_waits_in_it_is_processed() -> None:
    sqs, function = SqsModel(visibility_s=600, maximum_receives=1), Function()
    sqs.put("a")
    run(work(EventSourceMapping("M", "jobs", "worker", batch_window_s=100), sqs, function, seconds=5))
    assert function.bodies == [["a"]]
    assert sqs.deleted == ["m0"]


class Chaos(Roomy):
    """A function that does everything a function can do; knows what it truly processed."""

    def __init__(self, dice: random.Random, *, reporting: bool) -> None:
        self.dice, self.reporting = dice, reporting
        self.processed: set[str] = set()
        self.met: Counter[str] = Counter()  #: how often what happened
        self.quiet = False  #: from now on everything succeeds

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        records = json.loads(invocation.payload)["Records"]
        ids = [record["messageId"] for record in records]
        fate = "success" if self.quiet else self.dice.choice(FATES)
        self.met[fate] += 1
        if fate == "throttled":
            return throttled(records)
        await asyncio.sleep(3 if fate == "timeout" else self.dice.random() * 2)
        if fate in KINDS:
            return Outcome(OutcomeKind[KINDS[fate]], b"{}", reason=fate)
        if fate == "partial":
            bad = {i for i in ids if self.dice.random() < 0.5}
            if not self.reporting:  # whatever the function returns, it succeeded
                bad = set()
            self.processed |= set(ids) - bad
            items = [{"itemIdentifier": i} for i in bad]
            return Outcome(OutcomeKind.SUCCESS, json.dumps({"batchItemFailures": items}).encode())
        if fate == "malformed" and self.reporting:
            return Outcome(OutcomeKind.SUCCESS, self.dice.choice(MALFORMED))
        self.processed |= set(ids)
        return Outcome(OutcomeKind.SUCCESS, b'{"batchItemFailures":[]}')


KINDS = {
    "error": "FUNCTION_ERROR",
    "timeout": "TIMEOUT",
    "crash": "CRASH",
    "init failure": "INIT_FAILURE",
    "too large": "RESPONSE_TOO_LARGE",
}
FATES = ("success", "success", "success", "partial", "malformed", "throttled", *KINDS)
MALFORMED = (
    b'{"batchItemFailures":[{"itemIdentifier":"nobody"}]}',
    b'{"batchItemFailures":[{"itemIdentifier":""}]}',
    b'{"batchItemFailures":[{"itemIdentifier":null}]}',
    b'{"batchItemFailures":[{"foo":"notvalid"}]}',
    b'{"batchItemFailures":{}}',
    b'{"batchItemFailures":[1]}',
    b'"text"',
    b"[1]",
    b"{",
)


class Watched(SqsModel):
    """Takes note of what is deleted before it was processed; fails now and then itself.

    It raises nothing about it: the mapping would take that for a batch that ended unexpectedly, and go on.
    """

    def __init__(self, chaos: Chaos, *, visibility_s: float = 18, maximum_receives: int = 0) -> None:
        super().__init__(visibility_s, maximum_receives)
        self.chaos = chaos
        self.early: set[str] = set()

    async def receive(self, name: str, **options):
        outage = "" if self.chaos.quiet or self.chaos.dice.random() > 0.1 else self.chaos.dice.choice(OUTAGES)
        self.chaos.met[outage] += 1
        if outage == "no answer":
            raise QueueError("the server is away")
        received = await super().receive(name, **options)
        if outage == "lost answer":  # hidden until their visibility ends, and nobody has them
            raise QueueError("the connection was cut")
        return received

    async def delete(self, name: str, handles) -> None:
        self.early |= {one.id for one in self.messages if one.handle in handles} - self.chaos.processed
        if not self.chaos.quiet and self.chaos.dice.random() < 0.1:
            self.chaos.met["deletion given up"] += 1
            return  # after all retries: they come again
        await super().delete(name, handles)


OUTAGES = ("no answer", "lost answer")


async def storm(mapping: EventSourceMapping, sqs: Watched, chaos: Chaos, count: int) -> None:
    """Send while everything fails, with stops and kills of the mapping in between; then let it finish."""
    for round_ in range(4):
        for n in range(count * round_ // 4, count * (round_ + 1) // 4):
            body = f"{round_}/{n}" + "x" * (900_000 if chaos.dice.random() < 0.05 else 0)  # some fill events
            sqs.put(body, group=chaos.dice.choice("abc") if mapping.queue.endswith(".fifo") else "")
        source = Source("arn:aws:sqs:us-east-1:000000000000:jobs", "us-east-1", int(sqs.visibility_s), 3)
        stopping = asyncio.Event()
        task = asyncio.ensure_future(Poller(mapping, source, sqs, chaos, now).run(stopping))
        await asyncio.sleep(chaos.dice.random() * 40)
        if chaos.dice.random() < 0.5:
            chaos.met["kill"] += 1
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        else:
            chaos.met["stop"] += 1
            stopping.set()
            await task
    chaos.quiet = True
    await work(mapping, sqs, chaos, seconds=400)


def weathered(mapping: EventSourceMapping, seed: int, count: int, maximum_receives: int) -> tuple[Watched, Chaos]:
    """Run a storm; return what it left."""
    chaos = Chaos(random.Random(seed), reporting=mapping.report_batch_item_failures)
    sqs = Watched(chaos, maximum_receives=maximum_receives)
    run(storm(mapping, sqs, chaos, count))
    return sqs, chaos


def test_a_storm_meets_with_everything() -> None:
    """The property below says little of what it never meets with."""
    met: Counter[str] = Counter()
    for seed in range(10):
        mapping = EventSourceMapping("M", "jobs", "worker", 3, report_batch_item_failures=True)
        met += weathered(mapping, seed, 60, 5)[1].met
    assert set(met) == {*FATES, *OUTAGES, "", "deletion given up", "kill", "stop"}


def a_mapping(fifo: bool, reporting: bool, batch_size: int, window_s: int) -> EventSourceMapping:
    """Return a mapping that AWS takes (ES-10)."""
    if fifo:
        return EventSourceMapping("M", "jobs.fifo", "worker", min(batch_size, 10), 0, reporting)
    return EventSourceMapping("M", "jobs", "worker", batch_size, max(window_s, int(batch_size > 10)), reporting)


MAPPINGS = st.builds(
    a_mapping, st.booleans(), st.booleans(), st.sampled_from([1, 3, 10, 25]), st.sampled_from([0, 1, 7])
)


@settings(max_examples=60)
@given(MAPPINGS, st.integers(0, 2**32), st.integers(1, 80), st.sampled_from([0, 5]))
def test_es16_nothing_is_lost_whatever_fails(
    mapping: EventSourceMapping, seed: int, count: int, maximum_receives: int
) -> None:
    sqs, chaos = weathered(mapping, seed, count, maximum_receives)
    dead = {one.id for one in sqs.dead}
    assert not sqs.early, "deleted before they were processed"
    assert not sqs.messages
    assert len(sqs.deleted) == len(set(sqs.deleted))
    assert {f"m{n}" for n in range(count)} == set(sqs.deleted) | dead
    assert set(sqs.deleted) <= chaos.processed
    if not maximum_receives:
        assert not dead


def deletes_everything(outcome: Outcome, message_ids: list[str], **_: bool) -> SettlePlan:
    """Settle as no emulator may: whatever came of it."""
    return SettlePlan(Verdict.SUCCEEDED, tuple(message_ids))


def takes_malformed_answers_for_success(outcome: Outcome, message_ids: list[str], **options: bool) -> SettlePlan:
    """Settle as other emulators do (ES-25)."""
    plan = settle(outcome, message_ids, **options)
    malformed = outcome.kind is OutcomeKind.SUCCESS and plan.verdict is Verdict.FAILED
    return deletes_everything(outcome, message_ids) if malformed else plan


@pytest.mark.parametrize("wrong", [deletes_everything, takes_malformed_answers_for_success])
def test_the_property_can_fail(monkeypatch: pytest.MonkeyPatch, wrong: Callable[..., SettlePlan]) -> None:
    monkeypatch.setattr("emulator.event_source.mapping.settle", wrong)
    early = [weathered(REPORTING, seed, 40, 0)[0].early for seed in range(3)]
    assert any(early)
