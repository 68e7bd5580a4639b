"""The images, each built twice from nothing and compared file by file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from facepipe.ship.docker import docker
from facepipe.ship.images import PLATFORMS
from facepipe.ship.problems import ShipError
from release.image_contents import ImageFiles, differences, read_image
from release.release_error import ReleaseError
from release.repository import Commit, export

#: compose.yaml's images; the first two are the functions, which go to ECR
TARGETS = ("face-detection", "face-recognition", "emulator", "prepare", "enrol")
SHOWN = 20  #: so many files that differ are named


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """What images are built of."""

    version: str
    commit: Commit
    model: str = ""  #: "": vggface2 where it can be downloaded
    base_digest: str = ""  #: sha256:… of the base image; "": what its tag means today
    architecture: str = "x86_64"


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image that came out alike twice."""

    target: str
    reference: str  #: under which it is on this machine
    digest: str  #: of its config: Docker's image id
    same_digest: bool  #: whether both builds have this digest, which takes a builder that writes no times of its own
    size_bytes: int
    files: ImageFiles


def verify_docker() -> None:
    """Raise `ReleaseError` unless Docker answers: images are built last, and nobody should wait for that in vain."""
    try:
        docker("version", "--format", "{{.Server.Version}}")
    except ShipError as error:
        raise ReleaseError(f"{error}. Start it, or leave the images out: scripts/release --no-images") from error


def build_images(root: Path, order: ImageOrder, work: Path, say: Callable[[str], None]) -> list[BuiltImage]:
    """Build all images of a commit twice; `ReleaseError` with the files that differ."""
    rounds = []
    for name in ("first", "second"):
        source = work / f"{name}-images"
        source.mkdir(parents=True)
        export(root, order.commit, source)
        built = {}
        for target in TARGETS:
            built[target] = _build(source, target, order, name)
            say(f"  {target}: {name} build is done")
        rounds.append(built)
    first, second = rounds
    return [_compared(target, order, first[target], second[target]) for target in TARGETS]


def _build(source: Path, target: str, order: ImageOrder, round_name: str) -> str:
    """Build one image and return its id. Another name of a round makes the builder begin anew, with packages anew."""
    arguments = {
        "ROUND": round_name + order.commit.digest,
        "VERSION": order.version,
        "REVISION": order.commit.digest[:7],
        "MODEL": order.model,
        "BASE_DIGEST": order.base_digest,
        "SOURCE_DATE_EPOCH": str(order.commit.time),
    }
    options = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
    command = ["build", "--quiet", "--platform", PLATFORMS[order.architecture], "--target", target]
    command += ["--file", str(source / "images/Dockerfile"), *options, str(source)]
    return docker(*command, variables={"DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}).strip()


def _compared(target: str, order: ImageOrder, first: str, second: str) -> BuiltImage:
    files, again = read_image(first), read_image(second)
    odd = differences(files.listing, again.listing)
    if odd:
        more = f" and {len(odd) - SHOWN} more" if len(odd) > SHOWN else ""
        named = ", ".join(odd[:SHOWN]) + more
        raise ReleaseError(f"two builds of the image {target} ({first} and {second}) differ in {named}")
    if settings_of(first) != settings_of(second):
        raise ReleaseError(
            f"two builds of the image {target} differ in their settings: docker inspect {first} {second}"
        )
    if first != second:
        docker("rmi", second)
    reference = f"facepipe/{target}:{order.version}"
    docker("tag", first, reference)
    size = int(docker("image", "inspect", "--format", "{{.Size}}", first))
    return BuiltImage(target, reference, first, first == second, size, files)


def settings_of(image: str) -> str:
    """Return what runs in an image, and how: command, variables, user, labels."""
    return docker("image", "inspect", "--format", "{{json .Config}}", image)
