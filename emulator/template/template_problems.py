"""Collects the problems of a template, so that all of them are reported at once."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from emulator.log_text import printable
from emulator.properties import Properties, TemplateError
from emulator.template.intrinsics import CircularReferenceError

T = TypeVar("T")


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

    def read(self, properties: Properties, read: Callable[[Properties], T], lost: Collection[str] = ()) -> T | None:
        """Read a resource; None if it cannot be read.

        After a problem the resource is read again without the property at fault, to find its other problems. `lost`
        names properties that are absent already because their values could not be resolved.
        """
        values, absent = dict(properties.values), set(lost)
        while True:
            try:
                return read(Properties.from_resource(properties.logical_id, values))
            except TemplateError as error:
                if any(str(error).endswith(f": {name} is missing") for name in absent):
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


def _property_name(path: str, resource: str) -> str:
    """Return the name of the resource's property that a path leads to or into."""
    return path.removeprefix(f"{resource}.").partition(".")[0].partition("[")[0]
