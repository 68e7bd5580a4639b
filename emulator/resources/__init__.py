"""What is emulated of AWS's resources: one module each, with its dataclass, how it is read, and how it is described."""

from emulator.resources.collection import EventInvokeConfig, EventSourceMapping, Queue, RedrivePolicy, Resources
from emulator.resources.function import Function, LoggingConfig
from emulator.resources.function_url import Cors, FunctionUrl
from emulator.resources.permission import Permission

__all__ = [
    "Cors",
    "EventInvokeConfig",
    "EventSourceMapping",
    "Function",
    "FunctionUrl",
    "LoggingConfig",
    "Permission",
    "Queue",
    "RedrivePolicy",
    "Resources",
]
