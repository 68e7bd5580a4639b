"""Makes sure that a function's image is on this machine and that environments can run in it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker.errors import APIError, ContainerError, DockerException, ImageNotFound

from emulator.containers import docker_builds
from emulator.containers.build_plans import BuildPlan, build_plan
from emulator.containers.container_arguments import ARCHIVE, TOOLS, USER, confinement, tools_volume, whole_command
from emulator.containers.container_image import ContainerImage, ContainersError
from emulator.containers.engine_connection import short
from emulator.containers.removal import Run
from emulator.resources import Function

log = logging.getLogger(__name__)

OLDEST_PYTHON = (3, 8)
#: prints the version, and imports all that the supervisor needs
_PROBE = f"""
import sys
print(*sys.version_info[:2], flush=True)
if sys.version_info[:2] >= {OLDEST_PYTHON}:
    sys.path.insert(0, "{TOOLS}/{ARCHIVE}")
    import emulator.supervisor.__main__
"""
NEEDED = (
    "The supervisor, the first process of each environment, needs a whole Python 3.8 or newer in the image, whatever"
    " the function's own language is: install it there (Debian: apt-get install python3; Amazon Linux: dnf install"
    " python3; Alpine: apk add python3)"
)


@dataclass(frozen=True, slots=True)
class ImagePreparation:
    """What is needed to prepare the images of a project."""

    client: Any  #: of docker
    project: Path  #: the template's folder
    tools: Path  #: the folder with the supervisor's archive, which containers mount
    base_images: Mapping[str, str]  #: the images to take instead of base images, by their names
    say: Callable[[str], None]
    run: Run = field(default_factory=Run)
    _prepared: dict[str, ContainerImage] = field(default_factory=dict)  #: before the start, by the code's version

    def prepare_all(self, functions: Sequence[Function]) -> None:
        """Prepare the functions before the start. Raises `ContainersError`, which names the function and the cure."""
        for function in functions:
            self._prepared[_key(function)] = self._prepare(function)

    def prepare(self, function: Function) -> ContainerImage:
        """Build, find or pull a function's image. Raises `ContainersError`, which names the function and the cure."""
        key = _key(function)
        return self._prepared.pop(key) if key in self._prepared else self._prepare(function)

    def _prepare(self, function: Function) -> ContainerImage:
        plan = build_plan(function, self.project, self.base_images)
        name = plan.tag if plan else function.image_uri
        described = self._built(function, plan) if plan else self._found(function, name)
        self._check_python(function, described["Id"], name)
        command = () if function.runtime else function.command  # a zip function's handler is its Dockerfile's CMD
        whole = whole_command(described, function.source.entry_point, command)
        if not whole:
            raise ContainersError(f"{function.name}: its image {name} has no command; add a CMD or ImageConfig.Command")
        return ContainerImage(described["Id"], name, whole, function.source.working_directory)

    def _built(self, function: Function, plan: BuildPlan) -> Mapping[str, Any]:
        image = docker_builds.build(function.name, plan, self.say)
        return self._inspect(image)

    def _found(self, function: Function, name: str) -> Mapping[str, Any]:
        try:
            return self._inspect(name)
        except ImageNotFound:
            self.say(f"{function.name}: pulling its image {name}")
        try:
            self.client.images.pull(name)
            return self._inspect(name)
        except DockerException as error:
            raise ContainersError(
                f"{function.name}: its image {name} is not on this machine and cannot be pulled ({short(error)}). Build"
                f" it under this name, or name its Dockerfile in the function's Metadata (Dockerfile, DockerContext)"
            ) from error

    def _inspect(self, image: str) -> Mapping[str, Any]:
        described: Mapping[str, Any] = self.client.images.get(image).attrs
        return described

    def _check_python(self, function: Function, image: str, name: str) -> None:
        """Run the image's Python once, as the user of its environments."""
        try:
            answer = self.client.containers.run(
                image,
                ["-c", _PROBE],
                entrypoint="python3",
                network_mode="none",
                remove=True,
                volumes=tools_volume(self.tools),
                labels=self.run.labels(function.name),
                **confinement(),
            )
        except (APIError, ContainerError) as error:
            words = str(getattr(error, "stderr", b"") or b"", "utf-8", "replace") or short(error)
            raise ContainersError(f"{function.name}: its image {name} {no_python(words)}") from error
        major, minor = map(int, answer.split()[-2:])
        if (major, minor) < OLDEST_PYTHON:
            raise ContainersError(f"{function.name}: its image {name} has Python {major}.{minor}. {NEEDED}")
        self.say(f"{function.name}: image {name}, Python {major}.{minor}")


def no_python(words: str) -> str:
    """Return why environments cannot run in an image, by what Docker or its Python say."""
    if "exec format error" in words:
        return (
            "is for another architecture than this machine's: build it for this one, or let Docker run it:"
            " docker run --privileged --rm tonistiigi/binfmt --install all"
        )
    if "executable file not found" in words or "no such file" in words:
        return f"has no python3 on its PATH. {NEEDED}"
    last = " ".join(words.strip().splitlines()[-1:])
    if "ModuleNotFoundError" in last or "ImportError" in last:
        return f"has a Python without parts of its standard library ({last}). {NEEDED}"
    return f"cannot run Python as the user {USER} ({last[:300]}); let that user read and execute it"


def _key(function: Function) -> str:
    return f"{function.name} {function.code_version}"
