"""What a template describes, once every reference in it is resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.aws.errors import visibility_too_short
from emulator.aws.identifiers import is_fifo
from emulator.aws.limits import BATCH_SIZE, BATCH_WINDOW_S, EVENT_AGE_S, RETRY_ATTEMPTS, VISIBILITY_TIMEOUT_S
from emulator.resources.function import Function
from emulator.resources.function_url import FunctionUrl


@dataclass(frozen=True, slots=True)
class RedrivePolicy:
    """Where a queue's messages go once received more than `max_receive_count` times (ES-45)."""

    dead_letter_queue: str  #: name of the target queue
    max_receive_count: int


@dataclass(frozen=True, slots=True)
class Queue:
    """An `AWS::SQS::Queue`. Attributes that the template does not set are absent: SQS then has its default."""

    logical_id: str
    name: str
    attributes: Mapping[str, str]  #: as CreateQueue takes them, but for RedrivePolicy
    redrive_policy: RedrivePolicy | None = None

    @property
    def visibility_timeout_s(self) -> int:
        """Seconds that a received message stays hidden (ES-41)."""
        return int(self.attributes.get("VisibilityTimeout", VISIBILITY_TIMEOUT_S.default))

    def too_brief(self, timeout_s: int) -> str:
        """Return why Lambda refuses to map it to a function with this timeout (ES-41); empty when it does not."""
        if self.visibility_timeout_s >= timeout_s:
            return ""
        return visibility_too_short(self.visibility_timeout_s, timeout_s)

    @property
    def fifo(self) -> bool:
        """Whether it keeps the order of each message group."""
        return is_fifo(self.name)


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """An `AWS::Lambda::EventSourceMapping` from a queue to a function."""

    logical_id: str
    queue: str  #: name of the queue
    function: str  #: name of the function
    batch_size: int = BATCH_SIZE.default
    batch_window_s: int = BATCH_WINDOW_S.default
    report_batch_item_failures: bool = False
    maximum_concurrency: int | None = None
    filter_patterns: tuple[str, ...] = ()  #: one of which a message must match; none: all messages pass
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class EventInvokeConfig:
    """An `AWS::Lambda::EventInvokeConfig`: what becomes of a function's asynchronous invocations (RT-08)."""

    function: str  #: name of the function
    maximum_retries: int = RETRY_ATTEMPTS.default
    maximum_age_s: int = EVENT_AGE_S.default
    on_failure: str = ""  #: name of the queue that is told; empty: none
    on_success: str = ""


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything in one template that is emulated, and the names of what is not."""

    queues: tuple[Queue, ...]
    functions: tuple[Function, ...]
    urls: tuple[FunctionUrl, ...]
    mappings: tuple[EventSourceMapping, ...]
    event_invokes: tuple[EventInvokeConfig, ...] = ()
    not_emulated: tuple[str, ...] = ()  #: "LogicalId (Type)" of accepted resources that a laptop does not need
    outputs: Mapping[str, str] = field(default_factory=dict)
