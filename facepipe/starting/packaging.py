"""How a handler is packaged: in an image, if a Dockerfile copies it, else as a zip archive of a folder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from emulator.project.dockerfile import Recipe
from facepipe.starting.code_base import CodeBase, Definition
from facepipe.starting.handler_search import Handler
from facepipe.starting.image_files import ImageFile
from facepipe.starting.project_folder import REQUIREMENTS, ProjectFolder

HERE = "."


@dataclass(frozen=True, slots=True)
class Package:
    """The folder of a function's code and the name of its handler in it."""

    folder: str  #: CodeUri or DockerContext, relative to the template
    handler: str  #: as in app.handler
    recipe: Recipe | None = None  #: None: a zip archive
    dockerfile: str = ""  #: relative to the folder
    note: str = ""


def package_of(
    handler: Handler, *, folder: ProjectFolder, images: Sequence[ImageFile], code: CodeBase, used: Sequence[Definition]
) -> Package:
    """Return how a handler is packaged."""
    path, name = handler.definition.path, handler.definition.name
    named = [(image, image.named_handler(path, name)) for image in images]
    copied = [(image, image.handler_of(path, name)) for image in images]
    for image, text in (*named, *reversed(copied)):  # of several that copy it, the innermost
        if text:
            return Package(image.context, text, image.recipe, image.relative_path, f"its image is made by {image.path}")
    paths = sorted({definition.path for definition in used})
    root = _zip_folder(path, paths, folder, code)
    return Package(root, f"{module_name(path, root)}.{name}", note=_about_requirements(root, folder))


def module_name(path: str, root: str) -> str:
    """Return the name by which a file is imported from a folder above it."""
    inside = PurePosixPath(path).relative_to(root).with_suffix("")
    return ".".join(inside.parts[:-1] if inside.name == "__init__" and len(inside.parts) > 1 else inside.parts)


def _zip_folder(path: str, paths: Sequence[str], folder: ProjectFolder, code: CodeBase) -> str:
    """Return the folder from which most imports of the handler's files work; of equal ones that of requirements.txt."""

    def rank(root: str) -> tuple[int, bool, int]:
        works = sum(_works(code, one, root) for one in paths)
        return works, _joined(root, REQUIREMENTS) in folder.requirements, len(PurePosixPath(root).parts)

    return max(_roots(path), key=rank)


def _roots(path: str) -> Iterator[str]:
    """Yield the folders above a file from which Python can import it: names with a hyphen end the search."""
    for parent in PurePosixPath(path).parents:
        yield str(parent)
        if not parent.name.isidentifier():
            return


def _works(code: CodeBase, path: str, root: str) -> int:
    """Return how many imports of a file are found if its root is the folder of the function."""
    found = 0
    package = PurePosixPath(path).parent
    for imported in code.files[path].all_imports:
        if imported.level:
            above = [package, *package.parents][: imported.level]
            found += all(str(one) != root for one in above)
            continue
        below = imported.module.replace(".", "/")
        names = [below, f"{below}/{imported.member}"]
        found += any(_joined(root, f"{name}{end}") in code.files for name in names for end in (".py", "/__init__.py"))
    return found


def _about_requirements(root: str, folder: ProjectFolder) -> str:
    above = [_joined(str(parent), REQUIREMENTS) for parent in PurePosixPath(root).parents]
    missed = [path for path in above if path in folder.requirements]
    if _joined(root, REQUIREMENTS) in folder.requirements or not missed:
        return ""
    return f"{missed[0]} is not in the function's folder and is not installed for it; move it to {root}/"


def _joined(folder: str, name: str) -> str:
    return name if folder == HERE else f"{folder}/{name}"
