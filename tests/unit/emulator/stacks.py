"""Stacks of a few resources."""

from collections.abc import Iterable
from typing import Any

from emulator.resources import Function, Resources
from emulator.stack.live import LiveResources
from emulator.stack.stack import Stack


def resources(**some: Iterable[Any]) -> Resources:
    """Return resources, of which the types that are not given are none."""
    given: dict[str, Any] = {name: tuple(values) for name, values in some.items()}
    return Resources(**{"queues": (), "functions": (), "urls": (), "mappings": (), **given})


def stack_of(**some: Iterable[Any]) -> Stack:
    stack = Stack()
    stack.apply(resources(**some))
    return stack


def live(*functions: Function) -> LiveResources[Function]:
    return stack_of(functions=functions).functions
