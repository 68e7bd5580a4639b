"""Collects the problems of a template, so that all of them are reported at once."""

import copy
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from emulator.log_text import printable
from emulator.properties import NotBuiltError, Properties, TemplateError
from emulator.template.intrinsics import CircularReferenceError

T = TypeVar("T")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")


class TemplateProblemsError(TemplateError):
    """Several problems of one template."""

    def __init__(self, problems: Sequence[TemplateError]) -> None:
        lines = [printable(str(problem)) for problem in problems]
        super().__init__("", "\n  ".join([f"{len(problems)} problems:", *lines]))
        self.problems = tuple(problems)


def problems_in(error: TemplateError) -> tuple[TemplateError, ...]:
    """Return the single problems behind an error of the loader."""
    inner = error.__cause__ if isinstance(error.__cause__, TemplateError) else error
    return inner.problems if isinstance(inner, TemplateProblemsError) else (inner,)


def as_error(problems: Sequence[TemplateError]) -> TemplateError:
    """Return one error for one or more problems."""
    return problems[0] if len(problems) == 1 else TemplateProblemsError(problems)


@dataclass(slots=True)
class Problems:
    """The problems found so far."""

    found: list[TemplateError] = field(default_factory=list)

    def add(self, error: TemplateError) -> None:
        """Add a problem, unless it is known already: a circle is found from each of its members."""
        if _key(error) not in map(_key, self.found):
            self.found.append(error)

    def attempt(self, work: Callable[[], T], otherwise: T) -> T:
        """Return the result of `work`; if it fails, add the problem and return `otherwise`."""
        try:
            return work()
        except TemplateError as error:
            for problem in problems_in(error):
                self.add(problem)
            return otherwise

    def read(
        self,
        properties: Properties,
        read: Callable[[Properties], T],
        take_unknown: Callable[[NotBuiltError, Sequence[str]], None],
        lost: Collection[str] = (),
    ) -> T | None:
        """Read a resource; None if it cannot be read.

        After a problem the resource is read again without the property at fault, to find its other problems. `lost`
        names properties that are absent already because their values could not be resolved. `take_unknown` gets the
        properties that the reader does not know, with the path of their block, and raises those that are problems.
        """
        values, absent = copy.deepcopy(dict(properties.values)), set(lost)
        while True:
            try:
                return read(Properties.from_resource(properties.logical_id, values))
            except NotBuiltError as error:
                steps = _steps(error.block, properties.path)
                self.attempt(partial(take_unknown, error, [step for step in steps if isinstance(step, str)]), None)
                if not _remove(values, steps, error.name):
                    return None
            except TemplateError as error:
                if any(_is_missing(error, properties.path, name) for name in absent):
                    return None  # only because of a problem that has been added
                self.add(error)
                name = _property_name(error.path, properties.path)
                if name not in values:
                    return None
                del values[name]
                absent.add(name)

    def check(self) -> None:
        """Raise the problems, if there are any."""
        if self.found:
            raise as_error(self.found)


def _key(error: TemplateError) -> str:
    return error.problem if isinstance(error, CircularReferenceError) else str(error)


def _is_missing(error: TemplateError, resource: str, name: str) -> bool:
    """Return whether the reader only misses a property that is absent because of another problem."""
    return str(error).endswith(f": {name} is missing") or str(error).startswith(f"{resource}.{name}: is missing")


def _steps(block: str, resource: str) -> list[str | int]:
    """Return the names and list positions that lead from a resource's properties to a block."""
    rest = block.removeprefix(resource)
    return [int(position) if position else name for name, position in _STEP.findall(rest)]


def _remove(values: Any, steps: Sequence[str | int], name: str) -> bool:
    """Remove a property from a block inside the values; return False if it is not there."""
    for step in steps:
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            return False
    if not isinstance(values, dict) or name not in values:
        return False
    del values[name]
    return True


def _property_name(path: str, resource: str) -> str:
    """Return the name of the resource's property that a path leads to or into."""
    return path.removeprefix(f"{resource}.").partition(".")[0].partition("[")[0]
