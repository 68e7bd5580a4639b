"""Where each function's code is, and which functions a saved file concerns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.reload.counted_files import is_counted_file, is_counted_folder

PYPROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class CodePlace:
    """The folders and files of one function's code."""

    function: str
    roots: tuple[Path, ...]
    recipes: tuple[Path, ...] = ()  #: files elsewhere from which its virtual environment is made
    is_built: bool = False  #: its files are copied into an image, which has to be built anew

    def has(self, file: Path) -> bool:
        """Return whether a file belongs to the function."""
        return file in self.recipes or any(_is_counted_in(file, root) for root in self.roots)

    def is_recipe(self, file: Path) -> bool:
        """Return whether a file may change the function's packages, its handler or its folder, or is in its image."""
        name = file.name
        return (
            self.is_built
            or file in self.recipes
            or name == PYPROJECT
            or name.startswith("Dockerfile")
            or ("requirements" in name and name.endswith(".txt"))
        )


@dataclass(frozen=True, slots=True)
class Concerned:
    """A function and its files among those that were saved."""

    function: str
    files: tuple[Path, ...]
    recipes: bool  #: one of them may change how the function is started


def concerned(saved: Iterable[Path], places: Iterable[CodePlace]) -> list[Concerned]:
    """Return the functions that saved files concern."""
    files, found = sorted(saved), []
    for place in places:
        own = tuple(file for file in files if place.has(file))
        if own:
            found.append(Concerned(place.function, own, any(map(place.is_recipe, own))))
    return found


def describe_files(files: Sequence[Path], base: Path) -> str:
    """Name saved files in a few words; `base` is the folder to which their names are relative, if they are in it."""
    named = [str(file.relative_to(base) if file.is_relative_to(base) else file) for file in files[:3]]
    more = len(files) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _is_counted_in(file: Path, root: Path) -> bool:
    if file == root:
        return True
    if not file.is_relative_to(root):
        return False
    *folders, name = file.relative_to(root).parts
    return is_counted_file(name) and all(map(is_counted_folder, folders))
