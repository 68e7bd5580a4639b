"""All emulated resources of a template, with every reference resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.resources.alias import Alias
from emulator.resources.event_invoke import EventInvokeConfig
from emulator.resources.event_source_mapping import EventSourceMapping
from emulator.resources.function import Function
from emulator.resources.function_url import FunctionUrl
from emulator.resources.permission import Permission
from emulator.resources.queue import Queue


@dataclass(frozen=True, slots=True)
class Resources:
    """The emulated resources of one template, and the names of the resources that are not emulated."""

    queues: tuple[Queue, ...]
    functions: tuple[Function, ...]
    urls: tuple[FunctionUrl, ...]
    mappings: tuple[EventSourceMapping, ...]
    event_invokes: tuple[EventInvokeConfig, ...] = ()
    not_emulated: tuple[str, ...] = ()  #: "LogicalId (Type)" of resources that are accepted without effect
    permissions: tuple[Permission, ...] = ()
    differences: tuple[str, ...] = ()  #: properties with another effect than on AWS: "Name (LogicalId): difference"
    outputs: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
