"""Images, and containers made from them: what Lambda does not take, or does not allow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from emulator.aws.limits import IMAGE_BYTES
from emulator.doctor.findings import Finding, Level

NEARLY = 0.9
ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}  #: Docker's names for Lambda's
SHOWN = 3  #: written files that are named


@dataclass(frozen=True, slots=True)
class Image:
    """A function's image as Docker has it."""

    name: str
    size_bytes: int
    architecture: str  #: in Docker's words
    media_type: str = ""  #: of its manifest, where the image store keeps one


@dataclass(frozen=True, slots=True)
class Container:
    """A running environment of a function."""

    name: str
    read_only: bool
    written: tuple[str, ...] = ()  #: paths that differ from the image


def examine_images(images: Mapping[str, Image], wanted: Mapping[str, str]) -> Iterator[Finding]:
    """Look at each function's image; `wanted` is the architecture that the template says."""
    for function, image in images.items():
        path = f"{function}: image {image.name}"
        if image.size_bytes > IMAGE_BYTES * NEARLY:
            level = Level.ERROR if image.size_bytes > IMAGE_BYTES else Level.WARNING
            told = f"{image.size_bytes / 1024**3:.1f} GB unpacked; Lambda takes {IMAGE_BYTES / 1024**3:.0f}"
            yield Finding(level, "RT-04", path, told, "leave out what the handler does not import (CUDA, compilers)")
        have = ARCHITECTURES.get(image.architecture, image.architecture)
        if function in wanted and have != wanted[function]:
            told = (
                f"built for {have}, the template says {wanted[function]}: every call ends in Runtime.InvalidEntrypoint"
            )
            cure = "build with --platform, or change Architectures"
            yield Finding(Level.ERROR, "RT-04", path, told, cure)
        if "index" in image.media_type or "manifest.list" in image.media_type:
            told = "an image index (attestations, several platforms): Lambda refuses its manifest"
            yield Finding(Level.ERROR, "RT-04", path, told, "build with BUILDX_NO_DEFAULT_ATTESTATIONS=1, one platform")


def examine_containers(containers: Mapping[str, Sequence[Container]]) -> Iterator[Finding]:
    """Look at what each function's containers wrote: on Lambda everything but /tmp is read-only."""
    for function, running in containers.items():
        for container in running:
            path = f"{function}: container {container.name}"
            outside = [one for one in container.written if one != "/tmp" and not one.startswith("/tmp/")]  # noqa: S108
            if outside:
                told = f"written outside /tmp: {', '.join(outside[:SHOWN])}{' …' if len(outside) > SHOWN else ''};"
                told += " on Lambda each write fails with 'Read-only file system'"
                yield Finding(Level.ERROR, "RT-02", path, told, "write below /tmp only")
            elif not container.read_only:
                told = "its root is writable here, on Lambda only /tmp is: a write that works here fails there"
                yield Finding(Level.NOTE, "RT-02", path, told, "run it with read_only: true and a tmpfs at /tmp")
