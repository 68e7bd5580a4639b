"""The emulated resource types: one module each, with its dataclass, how to read it, and how the API describes it."""

from emulator.resources.alias import Alias
from emulator.resources.collection import Resources
from emulator.resources.event_invoke import EventInvokeConfig
from emulator.resources.event_source_mapping import EventSourceMapping
from emulator.resources.function import Function
from emulator.resources.function_url import Cors, FunctionUrl
from emulator.resources.logging_config import LoggingConfig
from emulator.resources.permission import Permission
from emulator.resources.queue import KnownQueues, Queue, RedrivePolicy

__all__ = [
    "Alias",
    "Cors",
    "EventInvokeConfig",
    "EventSourceMapping",
    "Function",
    "FunctionUrl",
    "KnownQueues",
    "LoggingConfig",
    "Permission",
    "Queue",
    "RedrivePolicy",
    "Resources",
]
