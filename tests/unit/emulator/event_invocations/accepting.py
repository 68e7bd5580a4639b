"""Event invocations in virtual time: functions answer as a script says, and queues keep what they are sent."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.aws.arns import Arns
from emulator.event_invocations.event_invocations import EventInvocations
from emulator.event_invocations.events_place import EventsPlace, open_event_invocations
from emulator.event_invocations.function_events import EventRules
from emulator.event_invocations.next_step import Waits
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.queues import QueueError
from emulator.resources import EventInvokeConfig, Function
from emulator.stack.stack import Stack
from tests.unit.emulator.stacks import stack_of

SHORT = Waits((1.0, 2.0))
START = 1_790_000_000.0  #: seconds since 1970 at which virtual time begins
LAMBDA = "arn:aws:lambda:us-east-1:000000000000:function:"
SQS = "arn:aws:sqs:us-east-1:000000000000:"
WORKER = Function("Worker", "worker", "image", (), 3, 128, 512)
FAILED, DONE, THROTTLED = (
    Outcome(kind, b"{}") for kind in (OutcomeKind.FUNCTION_ERROR, OutcomeKind.SUCCESS, OutcomeKind.THROTTLED)
)


def now() -> float:
    return START + asyncio.get_running_loop().time()


@dataclass
class Scripted:
    """Answers with one outcome after another, and then succeeds. `room`: an environment can take an event."""

    outcomes: Iterator[Outcome]
    calls: list[Invocation] = field(default_factory=list)
    room: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    batches: int = 0

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        self.calls.append(invocation)
        await self.hold.wait()
        return next(self.outcomes, DONE)

    async def room_for_batch(self, function: str) -> None:
        await self.room.wait()

    @contextlib.contextmanager
    def batch(self, function: str) -> Iterator[None]:
        self.batches += 1
        yield
        self.batches -= 1


@dataclass
class Queues:
    """Takes messages after a number of failures."""

    failures: Iterator[QueueError]
    bodies: list[tuple[str, Any]] = field(default_factory=list)
    attributes: list[dict[str, str]] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)

    async def send(
        self, name: str, body: str, attributes: Mapping[str, Any] | None = None, *, trace_header: str = ""
    ) -> None:
        if failure := next(self.failures, None):
            raise failure
        self.bodies.append((name, json.loads(body)))
        self.traces.append(trace_header)
        if attributes:
            self.attributes.append({key: value["StringValue"] for key, value in attributes.items()})


@dataclass
class Events:
    """What a test accepts events with, and looks at."""

    events: EventInvocations
    invoker: Scripted
    queues: Queues
    stack: Stack

    async def accept(
        self, *request_ids: str, function: str = "worker", payload: bytes = b"{}", trace: str = ""
    ) -> None:
        for request_id in request_ids:
            await self.events.accept(Invocation(function, request_id, payload, trace))

    async def ended(self, poll_s: float = 1.0) -> None:
        """Wait until nothing is kept any more."""
        while self.events.kept.names():
            await asyncio.sleep(poll_s)

    @property
    def called(self) -> list[str]:
        return [invocation.request_id for invocation in self.invoker.calls]


@contextlib.asynccontextmanager
async def accepting(
    *outcomes: Outcome,
    functions: Iterable[Function] = (WORKER,),
    failures: Iterable[QueueError] = (),
    file: Path | None = None,
    waits: Waits = SHORT,
    later_s: float = 0.0,
    **config: Any,
) -> AsyncIterator[Events]:
    """Run Event invocations while the block lasts, so much later than an earlier run; `config` is worker's."""
    configs = (EventInvokeConfig("worker", **config),) if config else ()
    stack, invoker, queues = (
        stack_of(functions=functions, event_invokes=configs),
        Scripted(iter(outcomes)),
        Queues(iter(failures)),
    )
    invoker.room.set()
    invoker.hold.set()
    rules = EventRules(stack.functions, stack.event_invokes, Arns(), waits, lambda: now() + later_s)
    async with open_event_invocations(EventsPlace(file, maximum_bytes=1 << 20), invoker, queues, rules) as events:
        events.start()
        try:
            yield Events(events, invoker, queues, stack)
        finally:
            events.stop()
            await events.drain()
