"""What a template describes, once every reference in it is resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.resources.event_invoke import EventInvokeConfig
from emulator.resources.event_source_mapping import EventSourceMapping
from emulator.resources.function import Function
from emulator.resources.function_url import FunctionUrl
from emulator.resources.queue import Queue


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
