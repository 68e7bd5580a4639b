"""Asks Docker about the functions' images and running environments."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.doctor.image_rules import Container, Image

ANSWER_S = 60.0
SUPERVISOR = "supervisor.pyz"  #: the first process of an environment's container (compose.yaml)


@dataclass(frozen=True, slots=True)
class Found:
    """The images and containers of a template's functions."""

    images: Mapping[str, Image] = field(default_factory=dict)  #: by function
    containers: Mapping[str, Sequence[Container]] = field(default_factory=dict)  #: by function


def ask_docker(image_uris: Mapping[str, str]) -> Found | None:
    """Return the images and containers of these functions; None if Docker does not answer.

    The image is a running environment's, or else the one that ImageUri names, with or without its registry.
    """
    listed = _docker("ps", "--quiet", "--no-trunc")
    if listed is None:
        return None
    containers: dict[str, list[Container]] = {}
    images: dict[str, Image] = {}
    for description in _inspect("container", listed.split()):
        function = _function(description)
        if function in image_uris:
            containers.setdefault(function, []).append(_container(description))
            for image in _inspect("image", [description["Image"]]):
                images[function] = _image(image, description["Config"]["Image"])
    for function in image_uris.keys() - images.keys():
        uri = image_uris[function]
        for name in filter(None, (uri.partition("/")[2], uri)):
            for image in _inspect("image", [name]):
                images[function] = _image(image, name)
    return Found(images, containers)


def _function(description: Mapping[str, Any]) -> str:
    """Return the function whose environment this container is, by its supervisor's command line; empty if none."""
    command = [description.get("Path", ""), *description.get("Args", [])]
    if not any(str(part).endswith(SUPERVISOR) for part in command) or "--function" not in command[:-1]:
        return ""
    return str(command[command.index("--function") + 1])


def _container(description: Mapping[str, Any]) -> Container:
    """Read Docker's description. With a read-only root, `docker diff` lists only mount points, so it is not asked."""
    name, read_only = str(description["Name"]).lstrip("/"), bool(description["HostConfig"]["ReadonlyRootfs"])
    if read_only:
        return Container(name, read_only=True)
    mounts = [str(mount["Destination"]) for mount in description.get("Mounts", [])]
    paths = [line.partition(" ")[2] for line in (_docker("diff", description["Id"]) or "").splitlines()]
    written = [path for path in paths if path not in mounts and not _is_parent(path, [*paths, *mounts])]
    return Container(name, read_only=False, written=tuple(written))


def _is_parent(path: str, others: Sequence[str]) -> bool:
    """Return whether a path is listed only because something inside it changed."""
    return any(other.startswith(f"{path}/") for other in others)


def _image(description: Mapping[str, Any], name: str) -> Image:
    media_type = (description.get("Descriptor") or {}).get("mediaType", "")
    size, architecture = int(description.get("Size", 0)), str(description.get("Architecture", ""))
    return Image(name, size, architecture, str(media_type))


def _inspect(kind: str, names: Sequence[str]) -> list[dict[str, Any]]:
    answer = _docker(kind, "inspect", *names) if names else None
    found: list[dict[str, Any]] = json.loads(answer) if answer else []
    return found


def _docker(*arguments: str) -> str | None:
    """Return the output of a docker command; None if there is no Docker, or the command fails."""
    try:
        result = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, timeout=ANSWER_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout if result.returncode == 0 else None
