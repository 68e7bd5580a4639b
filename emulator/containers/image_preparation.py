"""Makes sure that a function's image is on this machine and that environments can run in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker.errors import DockerException, ImageNotFound

from emulator.containers import docker_builds
from emulator.containers.build_plans import BuildPlan, build_plan
from emulator.containers.container_arguments import whole_command
from emulator.containers.container_image import ContainerImage, ContainersError
from emulator.containers.engine_connection import short
from emulator.containers.image_pythons import ImagePythons
from emulator.resources import Function


@dataclass(frozen=True, slots=True)
class ImagePreparation:
    """What is needed to prepare the images of a project."""

    client: Any  #: of docker
    project: Path  #: the template's folder
    base_images: Mapping[str, str]  #: the images to take instead of base images, by their names
    pythons: ImagePythons
    say: Callable[[str], None]
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
        command = () if function.runtime else function.command  # a zip function's handler is its Dockerfile's CMD
        whole = whole_command(described, function.source.entry_point, command)
        if not whole:
            raise ContainersError(f"{function.name}: its image {name} has no command; add a CMD or ImageConfig.Command")
        python = self.pythons.of(function.name, described["Id"], name)
        return ContainerImage(described["Id"], name, whole, python, function.source.working_directory)

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


def _key(function: Function) -> str:
    return f"{function.name} {function.code_version}"
