"""Recognises resources of emulated types that lead out of what is emulated: they are named, and have no effect."""

from collections.abc import Mapping
from typing import Any

from emulator.aws.arns import is_arn, read_function
from emulator.properties import Properties
from emulator.resources import EventSourceMapping, Function, Permission
from emulator.resources.function import FUNCTION_NAME
from emulator.template.resource_types import is_emulated

SELF_MANAGED = "SelfManagedEventSource"
SOURCE = "EventSourceArn"
#: services other than SQS that Lambda polls, as their ARNs name them
POLLED = ("kinesis", "dynamodb", "kafka", "mq", "rds")


def outside(kind: str, properties: Properties, declared: Mapping[str, Any], known: Mapping[str, Function]) -> str:
    """Return what a mapping polls, or a permission is for, if that is not emulated; else an empty text."""
    if kind == EventSourceMapping.TYPE:
        return _foreign_source(properties, declared)
    if kind == Permission.TYPE:
        return _foreign_function(str(properties.raw(FUNCTION_NAME)), known)
    return ""


def _foreign_source(properties: Properties, declared: Mapping[str, Any]) -> str:
    if properties.has(SELF_MANAGED):
        return "from a cluster of its own"
    source = str(properties.raw(SOURCE) or "")
    if source in declared and not is_emulated(declared[source]["Type"]):
        return f"from {source}"
    service = source.split(":")[2] if source.count(":") > 2 else ""
    return f"from {source}" if is_arn(source) and service in POLLED else ""


def _foreign_function(name: str, known: Mapping[str, Function]) -> str:
    """Return the function of a permission whose ARN is that of a function of another stack."""
    reference = read_function(name)
    if not is_arn(name) or reference is None or name in known or reference.name in known:
        return ""
    return f"for {name}"
