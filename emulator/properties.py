"""Reads one resource's properties, of a template or of a request: each is asked for by name.

What nobody asked for is an error, and so is a value of the wrong kind.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.aws.error_types import out_of_range
from emulator.aws.limits import Range, RangeWithDefault

_SECTION = ".Properties"  #: in the paths of a template; what follows is a property's own path


class TemplateError(ValueError):
    """The template cannot be used: where, why, and what to do, in one line."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


class RefusalError(TemplateError):
    """What Lambda itself refuses; the API answers with Lambda's own words, and `problem` says more."""

    def __init__(self, path: str, words: str, problem: str = "") -> None:
        super().__init__(path, problem or words)
        self.words = words


class NotBuiltError(TemplateError):
    """A property that AWS may have and this emulator has not."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "is not built here, or does not exist; remove it")


@dataclass(slots=True)
class Properties:
    """The resolved properties of one resource, or of one block inside them."""

    path: str
    values: Mapping[str, Any]
    logical_id: str = ""  #: of the resource whose properties these are; empty in a block or a request
    _asked: set[str] = field(default_factory=set)

    @staticmethod
    def of_resource(logical_id: str, values: Mapping[str, Any]) -> "Properties":
        """Wrap the properties of a template's resource, in which all references are resolved."""
        return Properties(f"Resources.{logical_id}{_SECTION}", values, logical_id)

    @staticmethod
    def of_request(values: Mapping[str, Any]) -> "Properties":
        """Wrap what a request says: its members are named as properties are."""
        return Properties(f"Resources.{_SECTION}", without_nulls(values))

    @staticmethod
    def of(path: str, node: Any) -> "Properties":
        """Wrap a mapping."""
        if not isinstance(node, dict):
            raise TemplateError(path, f"must be a mapping, not {node!r}")
        return Properties(path, node)

    def has(self, name: str) -> bool:
        """Tell whether a property is there."""
        return name in self.values

    def at(self, name: str) -> str:
        """Return a property's path."""
        return f"{self.path}.{name}"

    def raw(self, name: str) -> Any:
        """Return a property as it is; None when it is not there."""
        self._asked.add(name)
        return self.values.get(name)

    def text(self, name: str, *, default: str | None = None, choices: Collection[str] = ()) -> str:
        """Return a text; without a default it must be there."""
        value = self.raw(name)
        if value is None:
            if default is None:
                raise TemplateError(self.path, f"{name} is missing")
            return default
        if isinstance(value, dict | list):
            raise TemplateError(self.at(name), "must be a text")
        if choices and as_text(value) not in choices:
            raise TemplateError(self.at(name), f"{as_text(value)!r} is not one of {', '.join(choices)}")
        return as_text(value)

    def integer(self, name: str, within: RangeWithDefault) -> int:
        """Return a whole number; AWS's default when it is not there."""
        number = self.optional_integer(name, within)
        return within.default if number is None else number

    def optional_integer(self, name: str, within: Range) -> int | None:
        """Return a whole number; None when it is not there."""
        value = self.raw(name)
        if value is None:
            return None
        try:
            number = int(as_text(value))
        except ValueError as error:
            raise TemplateError(
                self.at(name), f"{value!r} is no whole number (a unit such as '30s' is not taken)"
            ) from error
        if not within.low <= number <= within.high:
            raise self._out_of_range(name, number, within)
        return number

    def _out_of_range(self, name: str, number: int, within: Range) -> RefusalError:
        member = ".".join(part[0].lower() + part[1:] for part in self.at(name).split(f"{_SECTION}.")[-1].split("."))
        words = out_of_range(number, member, low=within.low, high=within.high)
        return RefusalError(self.at(name), words, f"{number} is not between {within.low:,} and {within.high:,}")

    def boolean(self, name: str, *, default: bool) -> bool:
        """Return true or false."""
        return self.text(name, default=as_text(default), choices=("true", "false")) == "true"

    def texts(self, name: str, *, choices: Collection[str] = ()) -> tuple[str, ...]:
        """Return a list of texts, empty when it is not there."""
        value = self.raw(name) or []
        if not isinstance(value, list) or any(isinstance(item, dict | list) for item in value):
            raise TemplateError(self.at(name), "must be a list of texts")
        for item in value:
            if choices and as_text(item) not in choices:
                raise TemplateError(self.at(name), f"{as_text(item)!r} is not one of {', '.join(choices)}")
        return tuple(as_text(item) for item in value)

    def block(self, name: str) -> "Properties | None":
        """Return a block of properties inside this one; None when it is not there."""
        value = self.raw(name)
        return None if value is None else Properties.of(self.at(name), value)

    def block_or_empty(self, name: str) -> "Properties":
        """Return a block of properties inside this one; one without any when it is not there."""
        return self.block(name) or Properties(self.at(name), {})

    def accept(self, *names: str) -> None:
        """Take properties that change nothing here."""
        self._asked.update(names)

    def finish(self) -> None:
        """Refuse what was not asked for: it would be ignored in silence."""
        left = sorted(set(self.values) - self._asked)
        if left:
            raise NotBuiltError(self.at(left[0]))


def without_nulls(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that a request gives: one that is `null` is as good as one that is not there."""
    return {name: value for name, value in request.items() if value is not None}


def as_text(value: Any) -> str:
    """Return a scalar as CloudFormation writes it into a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
