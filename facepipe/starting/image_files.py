"""A project's Dockerfiles: which handlers each one brings into its image, and under which name."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from emulator.project.dockerfile import TASK_ROOT, Recipe, read_dockerfile
from facepipe.starting.project_folder import ProjectFolder


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A Dockerfile with its context, the folder from which it copies; both relative to the project's folder."""

    path: str
    context: str
    recipe: Recipe

    @property
    def relative_path(self) -> str:
        """The Dockerfile, relative to its context."""
        return str(PurePosixPath(self.path).relative_to(self.context))

    def named_handler(self, path: str, name: str) -> str:
        """Return what the last word of CMD is, if it means this handler; else an empty text."""
        text = self.recipe.command[-1] if self.recipe.command else ""
        module, _, function = text.rpartition(".")
        file = f"{module.replace('.', '/')}.py"
        is_below = self.context == "." or path.startswith(f"{self.context}/")
        return text if is_below and function == name and f"/{path}".endswith(f"/{file}") else ""

    def handler_of(self, path: str, name: str) -> str:
        """Return the handler's name in the image, if the Dockerfile copies its file; else an empty text."""
        if not PurePosixPath(path).is_relative_to(self.context):
            return ""
        inside = PurePosixPath(path).relative_to(self.context)
        for source, destination in self.recipe.copies:
            copied = _copied(inside, source, _in_task_root(destination))
            if copied is not None and not any(set(". \t") & set(part) for part in copied.with_suffix("").parts):
                return f"{'.'.join(copied.with_suffix('').parts)}.{name}"
        return ""


def image_files(folder: ProjectFolder) -> list[ImageFile]:
    """Return a project's Dockerfiles, those of outer folders first."""
    known = {*folder.python, *folder.requirements, *folder.dockerfiles}
    found = []
    for path, text in sorted(folder.dockerfiles.items(), key=lambda item: (item[0].count("/"), item[0])):
        recipe = read_dockerfile(text)
        found.append(ImageFile(path, _context(path, recipe, known), recipe))
    return found


def _context(path: str, recipe: Recipe, known: set[str]) -> str:
    """Return the folder, from the Dockerfile's own upwards, in which most of what it copies is found."""
    parents = list(PurePosixPath(path).parents)
    sources = [source.strip("/").removeprefix("./") for source in recipe.copied]

    def copied_from(folder: PurePosixPath) -> int:
        return sum(any(_is_of(folder / source, file) for file in known) for source in sources)

    return str(max(parents, key=copied_from))  # of equal ones the first, the innermost


def _is_of(place: PurePosixPath, file: str) -> bool:
    """Tell whether a file is what COPY names, or is in the folder that it names."""
    return PurePosixPath(file).is_relative_to(place) or ("*" in place.name and PurePosixPath(file).match(str(place)))


def _in_task_root(destination: str) -> PurePosixPath:
    """Return a destination relative to the folder in which Lambda looks for handlers."""
    if destination.startswith(TASK_ROOT):
        destination = destination.removeprefix(TASK_ROOT).lstrip("/")
    return PurePosixPath("." if destination.startswith("/") else destination)


def _copied(file: PurePosixPath, source: str, destination: PurePosixPath) -> PurePosixPath | None:
    """Return where a file of the context comes to lie; None if this COPY does not take it."""
    named = PurePosixPath(source.lstrip("/"))
    for whole, below in _places(file, named):
        if whole and destination.suffix == ".py":
            return destination
        return destination / below
    return None


def _places(file: PurePosixPath, named: PurePosixPath) -> Iterator[tuple[bool, PurePosixPath]]:
    """Yield whether COPY names the file itself, and the file's path below what it names."""
    if file == named or ("*" in named.name and file.parent == named.parent and file.match(named.name)):
        yield True, PurePosixPath(file.name)
    elif file.is_relative_to(named):
        yield False, file.relative_to(named)
