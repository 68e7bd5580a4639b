"""The settings of the pipeline on this machine."""

from dataclasses import replace
from pathlib import Path

from emulator.containers.container_arguments import ENDPOINT_NAME
from emulator.settings import Native, Settings
from facepipe.paths import Paths


def local_settings(paths: Paths, settings: Settings, gallery: Path) -> Settings:
    """Return settings for the application in this checkout: its functions as processes, its people from `gallery`."""
    parameters = dict(settings.parameters)
    if settings.template == paths.template:
        parameters.setdefault("Gallery", str(gallery.absolute()))
    watched = (paths.services, paths.manifest)
    native = Native(paths.rie, paths.root, {"MODELS_DIR": str(paths.models)}, watched=watched)
    return replace(settings, parameters=parameters, native=native)


def container_settings(paths: Paths, settings: Settings) -> Settings:
    """Return settings for functions in containers; the application's images are those that scripts/images builds."""
    parameters = dict(settings.parameters)
    if settings.template == paths.template:
        parameters.setdefault("DetectionImageUri", "facepipe/face-detection:latest")
        parameters.setdefault("RecognitionImageUri", "facepipe/face-recognition:latest")
    return replace(settings, parameters=parameters, functions_host=ENDPOINT_NAME)
