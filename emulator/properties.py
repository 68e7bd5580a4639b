"""Reads the properties of one resource, from a template or from a request, each by its name.

A property that no reader asks for is an error, and so is a value of the wrong type.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.aws.error_types import out_of_range
from emulator.aws.limits import Range, RangeWithDefault

_SECTION = ".Properties"  #: the part of a template path after which a property's own path begins


class TemplateError(ValueError):
    """The template cannot be used. The message says in one line where, why, and what to do."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


class RefusalError(TemplateError):
    """Lambda refuses the value too: `lambda_message` is what the API returns; `problem` may say more."""

    def __init__(self, path: str, lambda_message: str, problem: str = "") -> None:
        super().__init__(path, problem or lambda_message)
        self.lambda_message = lambda_message


class NotBuiltError(TemplateError):
    """The emulator does not know this property; AWS may have it."""

    def __init__(self, block: str, name: str) -> None:
        super().__init__(f"{block}.{name}", "is not emulated, or does not exist on AWS; check its name")
        self.block = block  #: the path of the block that has the property
        self.name = name


@dataclass(slots=True)
class Properties:
    """The resolved properties of one resource, or of one block inside them."""

    path: str
    values: Mapping[str, Any]
    logical_id: str = ""  #: the resource's; empty for a nested block and for a request
    _asked: set[str] = field(default_factory=set)

    @staticmethod
    def from_resource(logical_id: str, values: Mapping[str, Any]) -> "Properties":
        """Wrap the properties of a resource in a template; all references in it are resolved already."""
        return Properties(f"Resources.{logical_id}{_SECTION}", values, logical_id)

    @staticmethod
    def from_request(values: Mapping[str, Any]) -> "Properties":
        """Wrap a request's parameters, which have the names of properties."""
        return Properties(f"Resources.{_SECTION}", without_nulls(values))

    @staticmethod
    def from_mapping(path: str, node: Any) -> "Properties":
        """Wrap a mapping; anything else is a `TemplateError`."""
        if not isinstance(node, dict):
            raise TemplateError(path, f"must be a mapping, not {node!r}")
        return Properties(path, node)

    def has(self, name: str) -> bool:
        """Return whether a property is set."""
        return name in self.values

    def at(self, name: str) -> str:
        """Return a property's path."""
        return f"{self.path}.{name}"

    def raw(self, name: str) -> Any:
        """Return a property's value unchecked; None if it is not set."""
        self._asked.add(name)
        return self.values.get(name)

    def text(self, name: str, *, default: str | None = None, choices: Collection[str] = ()) -> str:
        """Return a string; without a default, the property is required."""
        value = self.raw(name)
        if value is None:
            if default is None:
                raise TemplateError(self.path, f"{name} is missing")
            return default
        if isinstance(value, dict | list):
            raise TemplateError(self.at(name), "must be a string")
        if choices and as_text(value) not in choices:
            raise TemplateError(self.at(name), f"{as_text(value)!r} is not one of {', '.join(choices)}")
        return as_text(value)

    def integer(self, name: str, within: RangeWithDefault) -> int:
        """Return a whole number; AWS's default if the property is not set."""
        number = self.optional_integer(name, within)
        return within.default if number is None else number

    def optional_integer(self, name: str, within: Range) -> int | None:
        """Return a whole number; None if the property is not set."""
        value = self.raw(name)
        if value is None:
            return None
        try:
            number = int(as_text(value))
        except ValueError as error:
            raise TemplateError(
                self.at(name), f"{value!r} is not a whole number; write digits only, without a unit"
            ) from error
        if not within.low <= number <= within.high:
            raise self._out_of_range(name, number, within)
        return number

    def _out_of_range(self, name: str, number: int, within: Range) -> RefusalError:
        member = ".".join(part[0].lower() + part[1:] for part in self.at(name).split(f"{_SECTION}.")[-1].split("."))
        message = out_of_range(number, member, low=within.low, high=within.high)
        return RefusalError(self.at(name), message, f"{number} is not between {within.low:,} and {within.high:,}")

    def boolean(self, name: str, *, default: bool) -> bool:
        """Return true or false."""
        return self.text(name, default=as_text(default), choices=("true", "false")) == "true"

    def texts(self, name: str, *, choices: Collection[str] = ()) -> tuple[str, ...]:
        """Return a list of strings; an empty one if the property is not set."""
        value = self.raw(name) or []
        if not isinstance(value, list) or any(isinstance(item, dict | list) for item in value):
            raise TemplateError(self.at(name), "must be a list of strings")
        for item in value:
            if choices and as_text(item) not in choices:
                raise TemplateError(self.at(name), f"{as_text(item)!r} is not one of {', '.join(choices)}")
        return tuple(as_text(item) for item in value)

    def block(self, name: str) -> "Properties | None":
        """Return a nested block of properties; None if it is not set."""
        value = self.raw(name)
        return None if value is None else Properties.from_mapping(self.at(name), value)

    def block_or_empty(self, name: str) -> "Properties":
        """Return a nested block of properties; an empty block if it is not set."""
        return self.block(name) or Properties(self.at(name), {})

    def accept(self, *names: str) -> None:
        """Allow properties that have no effect in the emulator."""
        self._asked.update(names)

    def finish(self) -> None:
        """Refuse properties that no reader asked for; they would be ignored without notice."""
        left = sorted(set(self.values) - self._asked, key=str)  # YAML has numbers as keys, too
        if left:
            raise NotBuiltError(self.path, left[0])


def without_nulls(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request's members without those that are `null`, which mean the same as missing ones."""
    return {name: value for name, value in request.items() if value is not None}


def as_text(value: Any) -> str:
    """Return a scalar in the form that CloudFormation gives it inside a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
