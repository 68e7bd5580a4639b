"""What a function's containers may do and use, as arguments of Docker: as little as in Lambda (RT-02, RT-03, RT-04)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.aws.limits import MB_OF_A_PROCESSOR, OPEN_FILES, PROCESSES
from emulator.containers.container_image import ContainerImage
from emulator.resources import Function
from emulator.supervisor.link_token import LINK_VARIABLE

USER = "993:990"  #: the user that Lambda runs functions as
ENDPOINT_NAME = "aws"  #: the emulator's name inside the containers
TOOLS = "/facepipe"  #: where the supervisor and RIE are inside the containers
ARCHIVE, RIE_PROGRAM = "supervisor.pyz", "aws-lambda-rie"
OWN_PYTHON = "/facepipe-python"  #: where a Python is mounted in images that have none
#: starts a Python by its own loader with its own libraries, whatever the image has
OWN_PYTHON_WORDS = (f"{OWN_PYTHON}/lib/ld.so", "--library-path", f"{OWN_PYTHON}/lib", f"{OWN_PYTHON}/bin/python3")


@dataclass(frozen=True, slots=True)
class FunctionNetwork:
    """The network of one function's containers; the emulator listens on its gateway."""

    name: str
    gateway: str


@dataclass(frozen=True, slots=True)
class Machine:
    """What all containers share."""

    tools: Path  #: the folder with the supervisor's archive and RIE
    link_port: int
    processors: int  #: Docker refuses more than there are


def container_arguments(
    function: Function, image: ContainerImage, network: FunctionNetwork, *, machine: Machine, token: str
) -> dict[str, Any]:
    """Return the arguments of one environment's container.

    The token is a variable, because command lines are visible to other users.
    """
    memory = function.memory_mb << 20
    return {
        "image": image.reference,
        "entrypoint": supervisor_command(function, image, machine.link_port),
        "command": list(image.command),
        "environment": {LINK_VARIABLE: token},
        "network": network.name,
        "extra_hosts": {ENDPOINT_NAME: network.gateway},
        "volumes": volumes(machine.tools, own_python=image.python == OWN_PYTHON_WORDS),
        "auto_remove": True,
        "mem_limit": memory,
        "memswap_limit": memory,
        "nano_cpus": processor_share(function.memory_mb, machine.processors),
        "tmpfs": {"/tmp": f"size={function.ephemeral_storage_mb}m,mode=1777,exec"},  # noqa: S108  # the container's
        **confinement(),
        **({"working_dir": image.working_directory} if image.working_directory else {}),
    }


def confinement() -> dict[str, Any]:
    """Return what holds for every container that runs somebody's image."""
    return {
        "user": USER,
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "pids_limit": PROCESSES,
        "ulimits": [{"Name": "nofile", "Soft": OPEN_FILES, "Hard": OPEN_FILES}],
    }


def volumes(tools: Path, *, own_python: bool) -> dict[str, dict[str, str]]:
    """Return the mounts of the supervisor and of a Python; "z" lets containers read them on systems with SELinux."""
    mounts = {str(tools): {"bind": TOOLS, "mode": "ro,z"}}
    return {**mounts, str(python_folder(tools)): {"bind": OWN_PYTHON, "mode": "ro,z"}} if own_python else mounts


def python_folder(tools: Path) -> Path:
    """Return the folder of the Python that is mounted; it is made once, for all versions of the supervisor."""
    return tools.parent / "python"


def processor_share(memory_mb: int, processors: int) -> int:
    """Return the processor time that a function gets for its memory, in billionths of a processor."""
    return min(memory_mb * 10**9 // MB_OF_A_PROCESSOR, processors * 10**9)


def supervisor_command(function: Function, image: ContainerImage, link_port: int) -> list[str]:
    """Return the first process's command line; the function's own command follows it."""
    command = [*image.python, f"{TOOLS}/{ARCHIVE}", "--function", function.key]
    command += ["--emulator", f"{ENDPOINT_NAME}:{link_port}", "--code-version", function.code_version]
    return [*command, "--rie", f"{TOOLS}/{RIE_PROGRAM}", "--port", "8080", "--once", "--"]


def whole_command(
    described: Mapping[str, Any], entry_point: tuple[str, ...], command: tuple[str, ...]
) -> tuple[str, ...]:
    """Return entry point and command: ImageConfig's replace the image's own, each for itself, as on Lambda."""
    own = described.get("Config") or {}
    return (*(entry_point or own.get("Entrypoint") or ()), *(command or own.get("Cmd") or ()))
