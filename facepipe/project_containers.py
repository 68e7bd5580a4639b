"""Prepares a project for Docker: its functions' images, and what their containers mount."""

from collections.abc import Callable
from dataclasses import replace

from emulator.containers.engine_connection import connect
from emulator.containers.supervisor_archive import make_tools
from emulator.resources import Resources
from emulator.settings import Containers, Settings
from facepipe.paths import Paths


def with_containers(settings: Settings, resources: Resources, paths: Paths, say: Callable[[str], None]) -> Settings:
    """Return the settings with an image of each function. Raises `ContainersError`, which names function and cure."""
    client = connect()
    from emulator.containers.image_preparation import ImagePreparation  # noqa: PLC0415  # needs the library docker

    project, base_images = settings.template.resolve().parent, settings.docker.base_images
    tools = make_tools(paths.var / "docker", paths.rie / "aws-lambda-rie")
    preparation = ImagePreparation(client, project, tools, base_images, say)
    preparation.prepare_all(resources.functions)
    containers = Containers(preparation.prepare, tools, settings.docker.network)
    return replace(settings, native=None, containers=containers)
