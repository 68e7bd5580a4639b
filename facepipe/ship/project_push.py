"""`facepipe push --template`: the images of any template's functions, built from its Metadata or named by it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from facepipe.ship.aws import Account
from facepipe.ship.delivery import Pushed, Say, Shipment, deliver
from facepipe.ship.docker import docker
from facepipe.ship.images import PLATFORMS, LocalImage, describe_image
from facepipe.ship.problems import ShipError
from facepipe.ship.refusals import image_refusals, refuse
from facepipe.ship.stack_document import read_document
from facepipe.ship.template_images import TemplateImage, repository_name, template_images

PLAIN = {"DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}  #: one platform, no index: Lambda refuses it


@dataclass(frozen=True, slots=True)
class ProjectPush:
    """What is to be pushed, and where."""

    template: Path
    registry: str = ""  #: HOST:PORT/prefix; "": the account's ECR
    allowed: Collection[str] = ()  #: names of refusals that are overruled
    rebuild: bool = True
    local: Mapping[str, str] | None = None  #: local images by the names of images, instead of what the template says

    @property
    def prefix(self) -> str:
        """The first part of the repositories' names: that of the project's folder."""
        return repository_name(self.template.resolve().parent.name)


def push_project(order: ProjectPush, account: Callable[[], Account], say: Say) -> list[Pushed]:
    """Build, check and push the images of a template; tags are their digests, which say what they hold."""
    images = template_images(read_document(order.template), order.template.resolve().parent)
    names = [image.name for image in images]
    if odd := sorted(set(order.local or {}) - set(names)):
        raise ShipError(f"{order.template.name} has no image {odd[0]}; there are {', '.join(names)}")
    found = [_made(image, order, say) for image in images]
    reasons: dict[str, str] = {}
    for local, image in zip(found, images, strict=True):
        reasons |= image_refusals(local, image.architecture)
    refuse(reasons, order.allowed)
    return deliver(found, Shipment(order.registry, order.prefix, tagged_by_digest=False), account, say)


def _made(image: TemplateImage, order: ProjectPush, say: Say) -> LocalImage:
    """Return an image of this machine, built where the template says how."""
    reference = (order.local or {}).get(image.name, "")
    if not reference and image.build:
        reference = f"{order.prefix}/{image.name}:facepipe"
        if order.rebuild:
            say(f"building {reference} for {', '.join(image.functions)} …")
            _build(image, reference)
    reference = reference or image.reference
    functions = " and ".join(image.functions)
    cure = f"give {functions} Metadata with its Dockerfile, or name a local image: --image {image.name}=REFERENCE"
    if not reference or reference.startswith("{"):
        raise ShipError(f"the template does not say which local image {functions} runs: {cure}")
    local = describe_image(image.name, reference, missing=cure)
    return replace(local, revision=local.digest.removeprefix("sha256:")[:12])


def _build(image: TemplateImage, reference: str) -> None:
    build, platform = image.build, PLATFORMS.get(image.architecture)
    if build is None or platform is None:
        raise ShipError(f"{image.name} is for {image.architecture}: Lambda has {', '.join(PLATFORMS)}")
    command: list[str] = ["build", "--platform", platform, "--file", str(build.dockerfile), "--tag", reference]
    if build.target:
        command += ["--target", build.target]
    for name, value in build.arguments:
        command += ["--build-arg", f"{name}={value}"]
    _run([*command, str(build.context)])


def _run(command: Sequence[str]) -> None:
    docker(*command, variables=PLAIN, show=True)
