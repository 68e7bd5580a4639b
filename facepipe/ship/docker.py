"""The docker command: the one that people have, with its contexts and logins; its complaints become one line."""

import os
import subprocess
import sys
from collections.abc import Mapping

from facepipe.ship.problems import ShipError

FOREIGN = (
    "this machine cannot run programs of {platform}: build on a machine of that architecture, or let it run"
    " them once with `docker run --privileged --rm tonistiigi/binfmt --install all`"
)
FULL_DISK = "no space left on device"


class DockerError(ShipError):
    """The docker command failed; `words` is all that it said."""

    def __init__(self, message: str, words: str) -> None:
        super().__init__(message)
        self.words = words


def docker(*arguments: str, stdin: str = "", variables: Mapping[str, str] | None = None, show: bool = False) -> str:
    """Run docker and return what it prints; with `show`, it is printed to stderr as it comes instead.

    `stdin` is where secrets go: it appears on no command line and in no message.
    """
    try:
        result = subprocess.run(
            ["docker", *arguments],
            input=stdin,
            stdout=sys.stderr if show else subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(variables or {})},
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise ShipError(
            "Docker is not installed here, or not on the PATH: images are built and pushed with it"
        ) from error
    if result.returncode:
        raise DockerError(_complaint(arguments, result.stderr), result.stderr)
    return result.stdout or ""


def _complaint(arguments: tuple[str, ...], words: str) -> str:
    if FULL_DISK in words:
        return "the disk is full: `docker system df` shows what Docker keeps, `docker builder prune` frees its cache"
    if "exec format error" in words and "--platform" in arguments:
        return FOREIGN.format(platform=arguments[arguments.index("--platform") + 1])
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    telling = [line for line in lines if line.lower().startswith(("error", "cannot connect", "denied"))]
    last = (telling or lines or ["it failed without a word"])[-1]
    return f"docker {arguments[0]}: {last[:500]}"
