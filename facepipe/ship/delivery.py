"""Brings local images to a registry, and proves that what arrived there is what was here."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from facepipe.ship import ecr
from facepipe.ship.aws import Account
from facepipe.ship.docker import DockerError, docker
from facepipe.ship.images import LocalImage
from facepipe.ship.manifests import fetch
from facepipe.ship.problems import ShipError
from facepipe.ship.refusals import refuse

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)
HOPELESS = ("denied", "unauthorized", "no basic auth", "no space left on device", "immutable")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Shipment:
    """Where images go, and under which tags."""

    registry: str  #: HOST:PORT/prefix; "": the account's ECR
    prefix: str  #: first part of the repositories' names in ECR
    tagged_by_digest: bool  #: the revision alone does not say what they hold
    allowed: Collection[str] = ()  #: names of refusals that are overruled


@dataclass(frozen=True, slots=True)
class Pushed:
    """One image in a registry."""

    function: str
    uri: str  #: repository@sha256:…, what a stack's parameter is set to
    config_digest: str
    tag: str


def deliver(images: Sequence[LocalImage], order: Shipment, account: Callable[[], Account], say: Say) -> list[Pushed]:
    """Push images; `account` is asked for only where the registry is ECR."""
    if not order.registry:
        return _to_ecr(images, order, account(), say)
    repositories = {image.function: f"{order.registry.rstrip('/')}/{image.function}" for image in images}
    return _push_all(images, repositories, order, say)


def _to_ecr(images: Sequence[LocalImage], order: Shipment, account: Account, say: Say) -> list[Pushed]:
    account.identity()
    client = account.client("ecr")
    names = {image.function: f"{order.prefix}/{image.function}" for image in images}
    there = {function: ecr.existing(client, name) for function, name in names.items()}
    odd = [f"{one.name}: {', '.join(one.differences)}" for one in there.values() if one and one.differences]
    refuse({"repository": "; ".join(odd)} if odd else {}, order.allowed)
    made = {one.name: one for one in ecr.create(client, [names[function] for function in names if not there[function]])}
    repositories = {}
    for function, name in names.items():
        repository = there[function] or made[name]
        say(f"{'made' if name in made else 'found'} the repository {repository.uri}")
        repositories[function] = repository.uri
    host = ecr.log_in(client)
    try:
        return _push_all(images, repositories, order, say)
    finally:
        docker("logout", host)


def _push_all(images: Sequence[LocalImage], repositories: Mapping[str, str], order: Shipment, say: Say) -> list[Pushed]:
    result = []
    for image in images:
        short = image.digest.removeprefix("sha256:")[:8]
        tag = f"{image.revision}-{short}" if order.tagged_by_digest else image.revision
        repository = repositories[image.function]
        digest = _push_one(image, f"{repository}:{tag}", say)
        result.append(Pushed(image.function, f"{repository}@{digest}", image.digest, tag))
    return result


def _push_one(image: LocalImage, target: str, say: Say) -> str:
    """Push one image unless it is there; return its manifest digest, once its identity is proved."""
    there = fetch(target)
    if there is None:
        docker("tag", image.digest, target)
        try:
            _with_retries(target, say)
        finally:
            docker("rmi", target)
        there = fetch(target)
    else:
        say(f"{target} is there already")
    # An engine with containerd's image store calls an image by its manifest digest.
    if there is None or image.digest not in (there.config_digest, there.digest):
        holds = there.config_digest if there else "nothing"
        raise ShipError(f"{target} holds {holds}, and the image here is {image.digest}: the tag is another image's")
    return there.digest


def _with_retries(target: str, say: Say) -> None:
    """Push, again after a broken connection: the registry keeps the layers that arrived."""
    for pause_s in (*PAUSES_S, None):
        try:
            docker("push", target, show=True)
        except DockerError as error:
            if pause_s is None or any(words in error.words.lower() for words in HOPELESS):
                raise
            say(f"{error}; again in {pause_s:g} s, without the layers that have arrived")
            time.sleep(pause_s)
        else:
            return
