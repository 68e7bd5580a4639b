"""Asks Docker about functions' images and running environments."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.doctor.image_rules import Container, Image

ANSWER_S = 60.0
SUPERVISOR = "supervisor.pyz"  #: the first process of an environment in a container, as compose.yaml has it


@dataclass(frozen=True, slots=True)
class Found:
    """What Docker has of a template's functions."""

    images: Mapping[str, Image] = field(default_factory=dict)  #: by function
    containers: Mapping[str, Sequence[Container]] = field(default_factory=dict)  #: by function


def ask_docker(image_uris: Mapping[str, str]) -> Found | None:
    """Return what Docker has of these functions; None where it does not answer.

    An image is that of a running environment; without one, that of the function's ImageUri, with or without registry.
    """
    listed = _docker("ps", "--quiet", "--no-trunc")
    if listed is None:
        return None
    containers: dict[str, list[Container]] = {}
    images: dict[str, Image] = {}
    for told in _inspect("container", listed.split()):
        function = _function(told)
        if function in image_uris:
            containers.setdefault(function, []).append(_container(told))
            for image in _inspect("image", [told["Image"]]):
                images[function] = _image(image, told["Config"]["Image"])
    for function in image_uris.keys() - images.keys():
        uri = image_uris[function]
        for name in filter(None, (uri.partition("/")[2], uri)):
            for image in _inspect("image", [name]):
                images[function] = _image(image, name)
    return Found(images, containers)


def _function(told: Mapping[str, Any]) -> str:
    """Return which function a container is an environment of: its supervisor's command line says so."""
    command = [told.get("Path", ""), *told.get("Args", [])]
    if not any(str(part).endswith(SUPERVISOR) for part in command) or "--function" not in command[:-1]:
        return ""
    return str(command[command.index("--function") + 1])


def _container(told: Mapping[str, Any]) -> Container:
    """Return a container; what a read-only root shows as written are its mount points."""
    name, read_only = str(told["Name"]).lstrip("/"), bool(told["HostConfig"]["ReadonlyRootfs"])
    if read_only:
        return Container(name, read_only=True)
    mounts = [str(mount["Destination"]) for mount in told.get("Mounts", [])]
    paths = [line.partition(" ")[2] for line in (_docker("diff", told["Id"]) or "").splitlines()]
    written = [path for path in paths if path not in mounts and not _is_parent(path, [*paths, *mounts])]
    return Container(name, read_only=False, written=tuple(written))


def _is_parent(path: str, others: Sequence[str]) -> bool:
    """Tell whether a path only changed because something in it did."""
    return any(other.startswith(f"{path}/") for other in others)


def _image(told: Mapping[str, Any], name: str) -> Image:
    media_type = (told.get("Descriptor") or {}).get("mediaType", "")
    return Image(name, int(told.get("Size", 0)), str(told.get("Architecture", "")), str(media_type))


def _inspect(kind: str, names: Sequence[str]) -> list[dict[str, Any]]:
    answer = _docker(kind, "inspect", *names) if names else None
    found: list[dict[str, Any]] = json.loads(answer) if answer else []
    return found


def _docker(*arguments: str) -> str | None:
    """Return what a docker command prints; None when there is no Docker, or it refuses."""
    try:
        result = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, timeout=ANSWER_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout if result.returncode == 0 else None
