"""What is wrong with the functions' code at present, for `/health` and the log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator.reload.mistakes import Mistake


@dataclass(slots=True)
class CodeProblems:
    """The mistakes in each function's files that have not been mended yet."""

    _found: dict[str, dict[Path, list[str]]] = field(default_factory=dict)  #: texts, by function and file

    def update(self, function: str, checked: Iterable[Path], mistakes: Iterable[Mistake], base: Path) -> list[Path]:
        """Take over the result of a check; return the files that had mistakes before and have none now."""
        files = self._found.setdefault(function, {})
        before = {file: files.pop(file) for file in checked if file in files}
        for mistake in mistakes:
            files.setdefault(mistake.file, []).append(mistake.describe(base))
        return [file for file in before if file not in files]

    def of(self, function: str) -> Sequence[str]:
        """Return the mistakes of a function, each with file, line and text."""
        return [text for texts in self._found.get(function, {}).values() for text in texts]
