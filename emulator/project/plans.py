"""Decides how a function of any project is run: its folder, handler, packages and Python."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from emulator.project.dockerfile import TASK_ROOT, Recipe, read_dockerfile
from emulator.project.extension_files import extensions_of_image
from emulator.resources import Function

REQUIREMENTS, PYPROJECT = "requirements.txt", "pyproject.toml"
_RUNTIME = re.compile(r"python(3\.\d+)")
COMMAND_CURE = "--function {}:command=…"
MORE_CURE = "facepipe up --docker builds and runs the image itself"
_PATH_OPTIONS = ("-r", "--requirement", "-c", "--constraint")


class ProjectError(RuntimeError):
    """A function of the project cannot be run; the message names it and the cure."""


class OtherLanguageError(ProjectError):
    """A function is not Python, and needs its image or a command of its own."""


@dataclass(frozen=True, slots=True)
class FunctionPlan:
    """How a function is run. `folder` is its working directory and LAMBDA_TASK_ROOT, and is on Python's path."""

    folder: Path
    handler: str
    pip: tuple[tuple[str, ...], ...] = ()  #: arguments of each `pip install`, with absolute paths
    python: str = ""  #: such as 3.12; empty means any
    variables: dict[str, str] = field(default_factory=dict)  #: the variables that its image sets
    inline: str | None = None  #: the text of inline code, which is its only file
    notes: tuple[str, ...] = ()  #: assumptions, and what is not done, for the user
    words: tuple[str, ...] = ()  #: the command of a runtime of its own
    interpreter: str = ""  #: the Python that the user has chosen: a version, a name, or a path
    is_complete: bool = False  #: the user has named the packages: those of the chosen Python are not used
    layers: tuple[Path, ...] = ()  #: folders of layers
    extensions: tuple[Path, ...] = ()  #: files and folders that its image has in /opt/extensions


def plan(function: Function, project: Path) -> FunctionPlan:
    """Return how to run a function whose code is on this machine; `project` is the template's folder."""
    source = function.source
    if source.context is not None:
        return _of_image(function, place_of(function, project / source.context), function.command)
    python = _runtime_python(function)
    if source.inline is not None:
        return FunctionPlan(project, function.command[0], python=python, inline=source.inline)
    if source.folder is None:
        raise ProjectError(
            f"{function.name}: its code is not on this machine; name its folder as CodeUri (SAM) or Code"
            " (CloudFormation), or the folder of its Dockerfile as Metadata.DockerContext"
        )
    folder = place_of(function, project / source.folder)
    _check_folder(function, folder, source.folder)
    pip = () if source.sha256 else _packages(folder)  # an archive has its packages in it, as on AWS
    return FunctionPlan(folder, function.command[0], pip=pip, python=python, notes=_missing(folder, function))


def place_of(function: Function, path: Path) -> Path:
    """Return a path of the template, absolute and without links."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle; a null character
        raise ProjectError(f"{function.name}: {path} cannot be a path ({error}); correct it in the template") from error


def _missing(folder: Path, function: Function) -> tuple[str, ...]:
    """Return a note about an archive that has not the handler's file; other folders are read again when they change."""
    handler = function.command[0]
    if not function.source.sha256 or has_module(folder, handler):
        return ()
    return (f"the file of its handler {handler} is not in its archive; on AWS every call fails as well",)


def without_source(function: Function, project: Path) -> FunctionPlan:
    """Return how to run a function for which the template names only an image: from the project's folder."""
    if function.runtime or not function.command:
        return plan(function, project)
    note = f"its template names only an image: its code is taken from {project}"
    notes = (note, *_entry_point(" ".join(function.source.entry_point)))
    return FunctionPlan(project, function.command[0], pip=_packages(project), notes=notes)


def _of_image(function: Function, context: Path, command: tuple[str, ...]) -> FunctionPlan:
    _check_folder(function, context, "its DockerContext")
    file = context / function.source.dockerfile
    try:
        recipe = read_dockerfile(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{function.name}: its Dockerfile {file} cannot be read; correct its Metadata") from error
    handler = (command or recipe.command)[-1:]
    if not handler:
        raise ProjectError(f"{function.name}: {file} has no CMD; add one, or ImageConfig.Command, with its handler")
    folder = _code_folder(context, recipe, handler[0], function.source.working_directory)
    notes = [f"its code is taken from {folder}, as {file.name} copies it"] if folder != context else []
    if not has_module(folder, handler[0]):
        notes.append(f"the file of its handler {handler[0]} is not in {folder}")
    if not recipe.python and not has_module(folder, handler[0]):
        raise OtherLanguageError(
            f"{function.name}: its image is made from {recipe.base}, and its handler {handler[0]} is no Python module"
            f" of {folder}; run it with --docker, or name the command that starts it:"
            f" {COMMAND_CURE.format(function.name)}"
        )
    more = [*_entry_point(" ".join(function.source.entry_point) or recipe.entry_point)]
    more += [f"not done here: RUN {line}" for line in recipe.other_runs]
    notes += [*more, MORE_CURE] if more else []
    pip = tuple(_resolved(arguments, context, recipe) for arguments in recipe.pip) if recipe.pip else ()
    return FunctionPlan(
        folder,
        handler[0],
        pip or _packages(folder),
        recipe.python,
        recipe.variables,
        notes=tuple(notes),
        extensions=extensions_of_image(context, recipe.copies),
    )


def _entry_point(text: str) -> tuple[str, ...]:
    """Return a note about an entry point that does not belong to a Lambda runtime."""
    if not text or "awslambdaric" in text or "lambda-entrypoint" in text:
        return ()
    return (f"its entry point {text} is not run: its handler runs on awslambdaric",)


def _runtime_python(function: Function) -> str:
    match = _RUNTIME.fullmatch(function.runtime)
    if match is None:
        raise OtherLanguageError(
            f"{function.name}: its Runtime {function.runtime} is not Python; make it an image function and run it with"
            f" --docker, or name the command that starts it: {COMMAND_CURE.format(function.name)}"
        )
    return match[1]


def _check_folder(function: Function, folder: Path, named: str) -> None:
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise ProjectError(f"{function.name}: {named}: {folder} {what}; paths are relative to the template's folder")


def _code_folder(context: Path, recipe: Recipe, handler: str, working_directory: str) -> Path:
    """Return the folder from which the Dockerfile copies the handler's file; the context if it is not found."""
    below = working_directory.removeprefix(TASK_ROOT).strip("/")
    for folder in _folders(context, recipe, below if working_directory.startswith(TASK_ROOT) else ""):
        if has_module(folder, handler):
            return folder
    return context


def _folders(context: Path, recipe: Recipe, below: str) -> Iterator[Path]:
    if below:
        yield context / below
    yield context
    for source in recipe.copied:
        copied = context / source.strip("/")
        folder = copied if copied.is_dir() else copied.parent
        if folder.is_dir() and folder.resolve().is_relative_to(context):
            yield folder.resolve()


def has_module(folder: Path, handler: str) -> bool:
    """Return whether a folder has the file of a handler such as app.handler or pkg/app.handler."""
    module = handler.rpartition(".")[0].replace(".", "/")
    return bool(module) and ((folder / f"{module}.py").is_file() or (folder / module / "__init__.py").is_file())


def _packages(folder: Path) -> tuple[tuple[str, ...], ...]:
    """Return what to install for a folder: its requirements.txt, or else the dependencies in its pyproject.toml."""
    if (folder / REQUIREMENTS).is_file():
        return (("-r", str(folder / REQUIREMENTS)),)
    dependencies = dependencies_of(folder)
    return (dependencies,) if dependencies else ()


def dependencies_of(folder: Path) -> tuple[str, ...]:
    """Return the dependencies in a folder's pyproject.toml. The project itself is not installed."""
    file = folder / PYPROJECT
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project")
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise ProjectError(f"{file} cannot be read ({error}); correct it") from error
    named = project.get("dependencies") if isinstance(project, dict) else None
    return tuple(map(str, named)) if isinstance(named, list) else ()


def _resolved(arguments: tuple[str, ...], context: Path, recipe: Recipe) -> tuple[str, ...]:
    """Return the arguments of a Dockerfile's `pip install`, with paths in the context instead of paths in the image."""
    resolved, before = [], ""
    for argument in arguments:
        is_path = before in _PATH_OPTIONS or argument == "." or argument.startswith(("./", "/"))
        resolved.append(str(_in_context(argument, context, recipe)) if is_path else argument)
        before = argument
    return tuple(resolved)


def _in_context(path: str, context: Path, recipe: Recipe) -> Path:
    name = Path(path).name
    for source in recipe.copied:
        copied = context / source.strip("/")
        if copied.name == name and copied.exists():
            return copied
        if copied.is_dir() and (copied / name).is_file():
            return copied / name
    return context / path.removeprefix(TASK_ROOT).strip("/")
