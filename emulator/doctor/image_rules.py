"""Rules for images, and for what containers write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from emulator.aws.limits import IMAGE_BYTES
from emulator.doctor.findings import Finding, Level

WARNING_SHARE = 0.9
ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}  #: Docker's name → Lambda's name
SHOWN = 3  #: how many written files a finding names


@dataclass(frozen=True, slots=True)
class Image:
    """A function's image, as Docker describes it."""

    name: str
    size_bytes: int
    architecture: str  #: Docker's name
    media_type: str = ""  #: of its manifest, if Docker's image store keeps one


@dataclass(frozen=True, slots=True)
class Container:
    """The container of a running environment."""

    name: str
    read_only: bool
    written: tuple[str, ...] = ()  #: paths that differ from the image


def examine_images(images: Mapping[str, Image], wanted: Mapping[str, str]) -> Iterator[Finding]:
    """Examine each function's image; `wanted` has each function's architecture by the template."""
    for function, image in images.items():
        path = f"{function}: image {image.name}"
        if image.size_bytes > IMAGE_BYTES * WARNING_SHARE:
            level = Level.ERROR if image.size_bytes > IMAGE_BYTES else Level.WARNING
            on_aws = f"{image.size_bytes / 1024**3:.1f} GB unpacked; Lambda allows {IMAGE_BYTES / 1024**3:.0f}"
            yield Finding(level, "RT-04", path, on_aws, "leave out what the handler does not import (CUDA, compilers)")
        have = ARCHITECTURES.get(image.architecture, image.architecture)
        if function in wanted and have != wanted[function]:
            on_aws = f"built for {have}, not for {wanted[function]}: every call fails with Runtime.InvalidEntrypoint"
            cure = "build with --platform, or change Architectures"
            yield Finding(Level.ERROR, "RT-04", path, on_aws, cure)
        if "index" in image.media_type or "manifest.list" in image.media_type:
            on_aws = "an image index (with attestations or several platforms): Lambda refuses its manifest"
            cure = "build for one platform, with BUILDX_NO_DEFAULT_ATTESTATIONS=1"
            yield Finding(Level.ERROR, "RT-04", path, on_aws, cure)


def examine_containers(containers: Mapping[str, Sequence[Container]]) -> Iterator[Finding]:
    """Examine what each function's containers wrote: on Lambda only /tmp is writable."""
    for function, running in containers.items():
        for container in running:
            where = f"{function}: container {container.name}"
            outside = [path for path in container.written if not f"{path}/".startswith("/tmp/")]  # noqa: S108
            if outside:
                on_aws = f"wrote outside /tmp: {', '.join(outside[:SHOWN])}{' …' if len(outside) > SHOWN else ''};"
                on_aws += " on Lambda each such write fails with 'Read-only file system'"
                yield Finding(Level.ERROR, "RT-02", where, on_aws, "write below /tmp only")
            elif not container.read_only:
                on_aws = "only /tmp is writable; here the whole root is, so that a write that fails there works here"
                yield Finding(Level.NOTE, "RT-02", where, on_aws, "run it with read_only: true and a tmpfs at /tmp")


def left_containers(containers: Mapping[str, Sequence[Container]]) -> Iterator[Finding]:
    """Name containers of environments that run although no emulator answers."""
    for function, running in containers.items():
        for container in running:
            where = f"{function}: container {container.name}"
            on_aws = "nothing: this environment runs here and keeps its memory, and no emulator answers that was asked"
            end = f"docker compose down, or docker rm --force {container.name}"
            cure = f"if its emulator is on another port, name it with --api; if it has none any more, end it: {end}"
            yield Finding(Level.NOTE, "leftovers", where, on_aws, cure)
