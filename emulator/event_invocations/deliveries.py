"""What is sent at the end of an event: records to destinations, the event itself to a dead-letter queue."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from emulator.aws.arns import Arns, read_function, resource_name
from emulator.aws.trace_header import header_inside_invocation
from emulator.event_invocations.accepted_event import readable
from emulator.event_invocations.invocation_records import as_text, dead_letter_attributes, record
from emulator.event_invocations.next_step import Condition, EventEnd
from emulator.resources import EventInvokeConfig, Function


@dataclass(frozen=True, slots=True)
class Delivery:
    """A text for a queue or a function."""

    target: str  #: the ARN of the queue or function
    body: str
    what: str  #: for the log, such as "the record"
    function: str  #: whose event it is
    request_id: str
    details: str  #: what the log says about a lost delivery
    trace_header: str
    begun_at: float  #: seconds since 1970
    attributes: Mapping[str, Any] = field(default_factory=dict)  #: message attributes in SendMessage's format

    @property
    def target_name(self) -> str:
        """The name of the queue or function that gets it."""
        function = read_function(self.target)
        return function.name if function else resource_name(self.target)

    @property
    def description(self) -> str:
        """The delivery in words."""
        return f"{self.what} of {self.function}'s Event invocation {self.request_id}"

    def to_text(self) -> str:
        """Return the delivery as text that can be kept."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Delivery":
        """Read what `to_text` returned; `UnreadableTextError` for anything else."""
        with readable():
            return cls(**json.loads(text))


def deliveries(
    ended: EventEnd, config: EventInvokeConfig, function: Function, *, arns: Arns, now: float
) -> Iterator[Delivery]:
    """Yield what is sent about an event: a record to the destination for its end, and a failed event to the queue.

    Each has the trace of the event: its parent is the invocation.
    """
    event, succeeded = ended.event, ended.condition is Condition.SUCCESS
    about: dict[str, Any] = {
        "function": event.function,
        "request_id": event.request_id,
        "trace_header": header_inside_invocation(event.trace_header, event.request_id),
        "begun_at": now,
    }
    if target := config.on_success if succeeded else config.on_failure:
        content = record(ended, arns, now)
        yield Delivery(target, as_text(content), "the record", details=json.dumps(content["requestContext"]), **about)
    if function.dead_letter_arn and not succeeded:
        size = f"{len(event.payload):,} characters"
        attributes = dead_letter_attributes(ended)
        letters = function.dead_letter_arn
        yield Delivery(letters, event.payload, "the event", details=size, attributes=attributes, **about)
