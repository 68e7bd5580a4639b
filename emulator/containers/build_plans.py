"""Decides how a function's image is made: what `docker build` is given. Reads the project's files, and runs nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from emulator.containers.container_image import ContainersError
from emulator.containers.dockerfiles import IGNORED, with_base_images, zip_dockerfile
from emulator.project.plans import REQUIREMENTS, dependencies_of
from emulator.resources import Function

_NO_NAME = re.compile(r"[^a-z0-9_.-]+")
INLINE_FILE = "index.py"


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """One image to build."""

    context: Path
    dockerfile: str  #: its text
    tag: str
    ignored: str | None  #: the text of a .dockerignore of its own; None: the context's
    arguments: Mapping[str, str] = field(default_factory=dict)
    target: str = ""  #: a stage of the Dockerfile; empty: the last one
    inline: str | None = None  #: the text of the only file, in a context that is made for it


def build_plan(function: Function, project: Path, base_images: Mapping[str, str]) -> BuildPlan | None:
    """Return how to build a function's image; None if its template only names an image.

    `project` is the template's folder. Raises `ContainersError`, which names the function and the cure.
    """
    source = function.source
    tag = f"facepipe-{image_name(project.name)}/{image_name(function.name)}:{source.tag or 'latest'}"
    if source.context is not None:
        context = _folder(function, project, source.context, "DockerContext")
        text, ignored = _dockerfile(function, context)
        text = with_base_images(text, base_images, source.build_arguments)
        return BuildPlan(context, text, tag, ignored, source.build_arguments, source.build_target)
    if not function.runtime:
        return None
    if not function.runtime.startswith("python3."):
        raise ContainersError(
            f"{function.name}: its Runtime {function.runtime} is not Python, and no image can be made for it; give it a"
            " Dockerfile (PackageType: Image, with Metadata)"
        )
    return _of_zip(function, project, tag, base_images)


def _of_zip(function: Function, project: Path, tag: str, base_images: Mapping[str, str]) -> BuildPlan:
    source, handler = function.source, function.command[0]
    if source.inline is not None:
        text = zip_dockerfile(function.runtime, handler, requirements=None)
        return BuildPlan(project, with_base_images(text, base_images, {}), tag, None, inline=source.inline)
    if source.folder is None:
        raise ContainersError(
            f"{function.name}: its code is not on this machine; name its folder as CodeUri (SAM) or Code"
            " (CloudFormation)"
        )
    folder = _folder(function, project, source.folder, "CodeUri")
    file = folder / REQUIREMENTS
    has_packages = bool(source.sha256)  # an archive that the API brought: nothing is installed for it on AWS either
    requirements = file.read_text(encoding="utf-8") if file.is_file() and not has_packages else None
    packages = () if has_packages else dependencies_of(folder)
    text = zip_dockerfile(function.runtime, handler, requirements=requirements, packages=packages)
    return BuildPlan(folder, with_base_images(text, base_images, {}), tag, "\n".join(IGNORED))


def _folder(function: Function, project: Path, named: str, key: str) -> Path:
    folder = (project / named).resolve()
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise ContainersError(
            f"{function.name}: its {key} {folder} {what}; paths are relative to the template's folder"
        )
    return folder


def _dockerfile(function: Function, context: Path) -> tuple[str, str | None]:
    """Return the texts of the Dockerfile and of the ignore file that belongs to it alone."""
    file = context / function.source.dockerfile
    ignored = file.with_name(f"{file.name}.dockerignore")
    try:
        return file.read_text(encoding="utf-8"), ignored.read_text(encoding="utf-8") if ignored.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise ContainersError(
            f"{function.name}: its Dockerfile {file} cannot be read ({_why(error)}); correct Dockerfile or"
            " DockerContext in its Metadata"
        ) from error


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "" if isinstance(error, OSError) else "it is not UTF-8"


def image_name(text: str) -> str:
    """Return a text as a part of an image's name."""
    return _NO_NAME.sub("-", text.lower()).strip("-._") or "project"
