"""Prepares a project for Docker: its functions' images, and what their containers mount."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from emulator.containers.container_settings import Containers
from emulator.containers.engine_connection import connect
from emulator.containers.run_labels import Run
from emulator.containers.supervisor_archive import make_tools
from emulator.containers.watcher import watched
from emulator.project.function_options import KEYS
from emulator.project.project_file import PROJECT_FILE
from emulator.resources import Resources
from emulator.settings import Settings
from facepipe.paths import Paths


def with_containers(settings: Settings, resources: Resources, paths: Paths, say: Callable[[str], None]) -> Settings:
    """Return the settings with an image of each function. Raises `ContainersError`, which names function and cure."""
    client = connect()
    from emulator.containers.image_preparation import ImagePreparation  # noqa: PLC0415  # needs the library docker
    from emulator.containers.image_pythons import ImagePythons  # noqa: PLC0415

    project, base_images = settings.template.resolve().parent, settings.docker.base_images
    tools = make_tools(paths.var / "docker", paths.rie)
    run = Run()
    pythons = ImagePythons(client, tools, base_images, say, run)
    preparation = ImagePreparation(client, project, base_images, pythons, say)
    for note in _without_effect(settings, resources):
        say(note)
    with watched(run.name):
        preparation.prepare_all(resources.functions)
    containers = Containers(preparation.prepare, tools, run, settings.docker.network)
    return replace(settings, native=None, containers=containers)


def _without_effect(settings: Settings, resources: Resources) -> Iterator[str]:
    """Yield what was chosen for functions, or is in their template, and has no effect in their images."""
    for function in resources.functions:
        options = settings.project.of(function.name, function.logical_id)
        chosen = [key for key in KEYS if getattr(options, key)]
        if chosen:
            yield f"{function.name}: {', '.join(chosen)} of {PROJECT_FILE} or --function: no effect with --docker"
        if function.source.layers:
            yield f"{function.name}: its layers are not in its image"
