"""Reads one resource's properties: each is asked for by name, and what nobody asked for is an error."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from emulator.aws.errors import out_of_range
from emulator.aws.limits import Range, Setting
from emulator.template.document import NotBuiltError, RefusalError, TemplateError
from emulator.template.intrinsics import as_text


@dataclass(slots=True)
class Properties:
    """The resolved properties of one resource, or of one block inside them."""

    path: str
    values: dict[str, Any]
    _asked: set[str] = field(default_factory=set)

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

    def integer(self, name: str, within: Setting) -> int:
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
        member = ".".join(part[0].lower() + part[1:] for part in self.at(name).split(".Properties.")[-1].split("."))
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

    def accept(self, *names: str) -> None:
        """Take properties that change nothing here."""
        self._asked.update(names)

    def finish(self) -> None:
        """Refuse what was not asked for: it would be ignored in silence."""
        left = sorted(set(self.values) - self._asked)
        if left:
            raise NotBuiltError(self.at(left[0]))
