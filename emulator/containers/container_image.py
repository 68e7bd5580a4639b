"""The image that a function's containers are made from."""

from dataclasses import dataclass


class ContainersError(RuntimeError):
    """Docker cannot do what is needed; the message names the cure."""


@dataclass(frozen=True, slots=True)
class ContainerImage:
    """An image on this machine, and the command that runs in its containers."""

    reference: str  #: its id, so that a later build under the same name changes nothing
    name: str  #: for messages
    command: tuple[str, ...]  #: entry point and command, of the image or of ImageConfig
    python: tuple[str, ...] = ("python3",)  #: what starts a Python in its containers
    working_directory: str = ""  #: of ImageConfig; empty: the image's own
