"""`facepipe push` in the checkout: the images that passed here, to a registry, and the digests to deploy by."""

import subprocess
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from facepipe.ship import accepted, ecr
from facepipe.ship.aws import Account
from facepipe.ship.delivery import Pushed, Say, Shipment, deliver
from facepipe.ship.images import FUNCTIONS, Build, build, look_at
from facepipe.ship.problems import ShipError
from facepipe.ship.refusals import Facts, refusals, refuse


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What is to be pushed, and where."""

    build: Build
    registry: str = ""  #: HOST:PORT/prefix; "": the account's ECR
    allowed: Collection[str] = ()  #: names of refusals that are overruled
    rebuild: bool = True


def push(order: PushRequest, account: Callable[[], Account], say: Say) -> list[Pushed]:
    """Build, check, push, and look at what arrived.

    `account` is asked for only where the registry is ECR. Nothing is made anywhere before every check has passed.
    """
    root, tag = order.build.root, order.build.tag
    if order.rebuild:
        say(f"building for {order.build.architecture} …")
        build(order.build)
    images = [look_at(function, tag) for function in FUNCTIONS]
    passed = accepted.of_images(root / accepted.PLACE, {image.function: image.digest for image in images})
    changes = changed_files(root)
    reasons = refusals(Facts(images, order.build.architecture, passed is not None, changes))
    refuse(reasons, order.allowed)
    if passed:
        say(f"accepted here at {passed.at}: {passed.passed} tests passed, {passed.skipped} skipped")
    delivery = Shipment(order.registry, ecr.PREFIX, bool(changes), order.allowed)
    return deliver(images, delivery, account, say)


def revision(root: Path) -> str:
    """Return the short revision of a checkout."""
    return _git(root, "rev-parse", "--short=12", "HEAD").strip()


def changed_files(root: Path) -> list[str]:
    """Return the files that differ from the revision, new ones as well."""
    return [line[3:] for line in _git(root, "status", "--porcelain").splitlines()]


def _git(root: Path, *arguments: str) -> str:
    try:
        result = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ShipError("git is not installed here: the images are tagged with the revision") from error
    if result.returncode:
        raise ShipError(f"git {arguments[0]}: {result.stderr.strip() or 'failed'}; push from a git checkout")
    return result.stdout
