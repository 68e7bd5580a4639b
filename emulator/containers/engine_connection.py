"""Connects to the Docker engine that the docker command uses."""

import os
import socket
from typing import Any

from emulator.containers.container_image import ContainersError

INSTALL = "Docker's Python package is not installed: pip install docker, in the environment that runs facepipe"


def connect() -> Any:
    """Return a client of the Docker engine that answers. Raises `ContainersError`, which names the cure."""
    try:
        import docker  # noqa: PLC0415  # an emulator without --docker does not need it
        from docker.context import ContextAPI  # noqa: PLC0415
        from docker.errors import DockerException  # noqa: PLC0415
    except ImportError as error:
        raise ContainersError(INSTALL) from error
    host = os.environ.get("DOCKER_HOST", "")
    try:
        context = None if host else ContextAPI.get_current_context()
        _try_socket(host or (context.Host if context else ""))
        if host:
            client = docker.from_env()
        else:
            host = context.Host if context else ""
            client = docker.DockerClient(base_url=host or None, tls=context.TLSConfig if context else None)
        client.ping()
    except (DockerException, OSError) as error:
        raise ContainersError(_unreachable(host or "its usual address", error)) from error
    return client


def _try_socket(host: str) -> None:
    """Connect to a socket of this machine once: its errors are clearer than those of the library."""
    scheme, _, path = host.partition("://")
    if scheme == "unix":
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(path)


def _unreachable(host: str, error: BaseException) -> str:
    text = str(error)
    if "Permission denied" in text:
        return (
            f"you may not use Docker ({host}: permission denied): sudo usermod -aG docker $USER, and log in again;"
            " whoever may use Docker is root on this machine"
        )
    if "No such file" in text or "Connection refused" in text:
        return f"Docker does not answer at {host}: install it, or start it (sudo systemctl start docker)"
    return f"Docker does not answer at {host} ({short(error)})"


def short(error: BaseException) -> str:
    """Return what a Docker error says, in one line."""
    explanation = getattr(error, "explanation", None) or str(error) or type(error).__name__
    return " ".join(str(explanation).split())[:300]
