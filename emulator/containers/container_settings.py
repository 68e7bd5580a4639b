"""The settings of environments as containers that the emulator starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from emulator import setting_texts as texts
from emulator.containers.container_image import ContainerImage
from emulator.containers.run_labels import Run
from emulator.resources import Function
from emulator.setting import Setting, setting


@dataclass(frozen=True, slots=True)
class Containers:
    """How environments run as containers that the emulator starts (`facepipe up --docker`)."""

    prepare: Callable[[Function], ContainerImage]  #: builds or finds a function's image
    tools: Path  #: the folder with the supervisor's archive and RIE, which containers mount
    run: Run = field(default_factory=Run)
    network: str = ""  #: a network of Docker's that the containers may use as well; empty: they have no way out


@dataclass(frozen=True, slots=True)
class DockerOptions:
    """What can be chosen for containers that the emulator starts."""

    network: str = setting(
        "",
        Setting(
            "With --docker: a Docker network that functions may also use, such as bridge, which leads to the internet;"
            " without it they have no way out.",
            "--network",
            "FACEPIPE_NETWORK",
            write=lambda name: [name] if name else [],
            metavar="NAME",
        ),
    )
    base_images: Mapping[str, str] = setting(
        {},
        Setting(
            "With --docker: an image to take instead of a Dockerfile's base image, whose name may have wildcards:"
            " 'public.ecr.aws/lambda/python:*=my-python'.",
            "--base-image",
            "FACEPIPE_BASE_IMAGES",
            read=texts.pairs,
            write=texts.write_pairs,
            split=texts.between_lines,
            metavar="IMAGE=OTHER",
        ),
    )
