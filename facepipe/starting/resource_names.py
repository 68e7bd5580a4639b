"""Names of functions and resources in the template, made of what things are called in the project."""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from facepipe.starting.code_base import Definition

_GENERAL = {"handler", "lambda", "main", "app", "index", "function", "init", "src", "source", "code", "services", "py"}
_LONGEST = 56  #: characters: Lambda takes 64, and a number may follow


def function_name(definition: Definition, project: str) -> str:
    """Return a name for a handler: of its function, its file, its folder or its project, whichever says something."""
    path = PurePosixPath(definition.path)
    for text in (definition.name, path.stem, *reversed(path.parent.parts), project):
        words = _words(text)
        if any(word.lower() not in _GENERAL for word in words):
            return "-".join(words).lower()[:_LONGEST].strip("-")
    return "function"


def logical_id(name: str, kind: str) -> str:
    """Return a resource's name in the template, which has letters and digits only."""
    words = _words(name)
    if words and words[-1].lower() == kind.lower():
        words = words[:-1]
    text = "".join(word[0].upper() + word[1:] for word in words)[:_LONGEST]
    return f"{'' if text[:1].isalpha() else 'The'}{text}{kind}"


@dataclass(slots=True)
class UniqueNames:
    """Gives each name once; a second one gets a number."""

    given: set[str] = field(default_factory=set)

    def take(self, name: str) -> str:
        """Return the name, or the name with the first number that is free."""
        unique, number = name, 1
        while unique.lower() in self.given:
            number += 1
            unique = f"{name}{number}"
        self.given.add(unique.lower())
        return unique


def _words(text: str) -> list[str]:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    return re.findall(r"[A-Za-z0-9]+", spaced)
