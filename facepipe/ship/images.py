"""The two function images on this machine: built in one way only, so that equal sources give equal images."""

import json
import tempfile
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from facepipe.ship.docker import DockerError, docker
from facepipe.ship.problems import ShipError

FUNCTIONS = ("face-detection", "face-recognition")
MANIFEST = "/opt/facepipe/models/manifest.json"
REVISION = "org.opencontainers.image.revision"
#: Lambda's names of architectures → Docker's
PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")


@dataclass(frozen=True, slots=True)
class Build:
    """What the images are built from."""

    root: Path
    revision: str
    architecture: str = "x86_64"  #: as the template says it
    model: str = ""  #: "": vggface2 where it can be downloaded
    tag: str = "latest"
    base_digest: str = ""  #: sha256:… of the base image; "": what its tag means today


@dataclass(frozen=True, slots=True)
class LocalImage:
    """One image of this machine."""

    function: str
    reference: str
    digest: str  #: of its config: the same here and in every registry. It is what Docker calls the image's id
    architecture: str  #: as Lambda says it
    revision: str  #: of the sources, as its label says
    model: str
    is_index: bool = False


def build(order: Build) -> None:
    """Build both images, single-platform and without attestations: Lambda refuses an index."""
    platform = PLATFORMS[order.architecture]
    arguments = {"VERSION": _version(order.root), "REVISION": order.revision, "MODEL": order.model}
    arguments["BASE_DIGEST"] = order.base_digest
    for function in FUNCTIONS:
        options = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
        command = ["build", "--quiet", "--platform", platform, "--target", function]
        command += ["--file", str(order.root / "images/Dockerfile"), "--tag", f"facepipe/{function}:{order.tag}"]
        docker(
            *command,
            *options,
            str(order.root),
            variables={"DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
        )


def _version(root: Path) -> str:
    file = root / "pyproject.toml"
    return str(tomllib.loads(file.read_text(encoding="utf-8"))["project"]["version"]) if file.exists() else "unknown"


def look_at(function: str, tag: str) -> LocalImage:
    """Return what a local image of this application is; `ShipError` where there is none."""
    reference = f"facepipe/{function}:{tag}"
    image = describe_image(function, reference, missing="leave out --no-build, or run scripts/images")
    return replace(image, model=_model(image.digest, reference))


def describe_image(name: str, reference: str, *, missing: str) -> LocalImage:
    """Return what a local image is; `ShipError` where there is none, which says what to do if it is `missing`."""
    try:
        facts = json.loads(docker("image", "inspect", reference))[0]
    except DockerError as error:
        if "no such image" in error.words.lower():
            raise ShipError(f"there is no image {reference}: {missing}") from error
        raise
    architecture = {"amd64": "x86_64"}.get(facts["Architecture"], facts["Architecture"])
    is_index = facts.get("Descriptor", {}).get("mediaType") in INDEXES
    revision = (facts["Config"].get("Labels") or {}).get(REVISION, "unknown")
    return LocalImage(name, reference, facts["Id"], architecture, revision, "", is_index)


def _model(image: str, reference: str) -> str:
    """Return the recognition model's id from the image's manifest, without running the image."""
    container = docker("create", image).strip()
    try:
        with tempfile.TemporaryDirectory(prefix="facepipe-push-") as folder:
            target = Path(folder) / "manifest.json"
            docker("cp", f"{container}:{MANIFEST}", str(target))
            manifest: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
            return str(manifest["model_id"])
    except (OSError, ValueError, KeyError, DockerError) as error:
        raise ShipError(f"{reference} has no {MANIFEST} that says which model it holds: build it again") from error
    finally:
        docker("rm", "--force", container)
