"""Finds what runs the supervisor in an image: the image's Python, or one that is mounted for images without any."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.errors import APIError, ContainerError

from emulator.containers.container_arguments import (
    ARCHIVE,
    OWN_PYTHON_WORDS,
    TOOLS,
    USER,
    confinement,
    volumes,
)
from emulator.containers.container_image import ContainersError
from emulator.containers.docker_builds import run_build
from emulator.containers.engine_connection import short
from emulator.containers.own_python import make_python
from emulator.containers.run_labels import Run

OLDEST = (3, 8)
#: prints the version, and imports all that the supervisor needs
_PROBE = f"""
import sys
print(*sys.version_info[:2], flush=True)
if sys.version_info[:2] < {OLDEST}:
    raise ImportError("it is older than Python 3.8")
sys.path.insert(0, "{TOOLS}/{ARCHIVE}")
import emulator.supervisor.__main__
"""
CURE = (
    "Install a whole Python 3.8 or newer in the image, on which the supervisor can run, the first process of each"
    " environment (Debian: apt-get install python3; Amazon Linux: dnf install python3; Alpine: apk add python3)"
)


class UnusablePythonError(ContainersError):
    """The Python of an image cannot run the supervisor; another one may."""


@dataclass(frozen=True, slots=True)
class ImagePythons:
    """Tries the Pythons of images."""

    client: Any  #: of docker
    tools: Path  #: the folder that containers mount
    base_images: Mapping[str, str]
    say: Callable[[str], None]
    run: Run

    def of(self, function: str, image: str, name: str) -> tuple[str, ...]:
        """Return the words that start a Python in an image. Raises `ContainersError`, which names the cure."""
        try:
            words: tuple[str, ...] = ("python3",)
            version = self._try(function, image, words)
            self.say(f"{function}: image {name}, Python {version}")
        except UnusablePythonError as error:
            self.say(f"{function}: image {name} {error}; facepipe's own Python runs its supervisor")
            words = OWN_PYTHON_WORDS
            try:
                make_python(self.tools, self.base_images, lambda what, command: run_build(what, command, self.say))
                self._try(function, image, words)
            except ContainersError as own:
                raise ContainersError(f"{function}: its image {name} {error}. {CURE}. Or: {own}") from own
        except ContainersError as error:
            raise ContainersError(f"{function}: its image {name} {error}") from error
        return words

    def _try(self, function: str, image: str, words: tuple[str, ...]) -> str:
        """Run a Python once, as the user of environments; return its version."""
        try:
            answer = self.client.containers.run(
                image,
                [*words[1:], "-c", _PROBE],
                entrypoint=words[0],
                network_mode="none",
                remove=True,
                volumes=volumes(self.tools, own_python=words == OWN_PYTHON_WORDS),
                labels=self.run.labels(function),
                **confinement(),
            )
        except (APIError, ContainerError) as error:
            raise problem(str(getattr(error, "stderr", b"") or b"", "utf-8", "replace") or short(error)) from error
        return ".".join(answer.decode().split()[-2:])


def problem(words: str) -> ContainersError:
    """Return why a Python cannot run the supervisor, by what Docker or Python say."""
    if "exec format error" in words:
        return ContainersError(
            "is for another architecture than this machine's: build it for this one, or let Docker run it:"
            " docker run --privileged --rm tonistiigi/binfmt --install all"
        )
    if "executable file not found" in words or "no such file" in words:
        return UnusablePythonError("has no python3 on its PATH")
    last = " ".join(words.strip().splitlines()[-1:])[:300]
    if "ModuleNotFoundError" in last or "ImportError" in last:
        return UnusablePythonError(f"has a Python that cannot run the supervisor ({last})")
    return UnusablePythonError(f"has a Python that the user {USER} cannot run ({last})")
