"""`facepipe push`: the images that passed here, to a registry, and the digests to deploy by."""

import json
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from facepipe.ship import accepted, ecr
from facepipe.ship.aws import Account
from facepipe.ship.docker import DockerError, docker
from facepipe.ship.images import FUNCTIONS, Build, LocalImage, build, look_at
from facepipe.ship.manifests import fetch
from facepipe.ship.problems import ShipError
from facepipe.ship.refusals import Facts, refusals, refuse

PUSHED = Path("var/pushed.json")  #: below a checkout's root
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)
HOPELESS = ("denied", "unauthorized", "no basic auth", "no space left on device", "immutable")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What is to be pushed, and where."""

    build: Build
    registry: str = ""  #: HOST:PORT/prefix; "": the account's ECR
    allowed: Collection[str] = ()  #: names of refusals that are overruled
    rebuild: bool = True


@dataclass(frozen=True, slots=True)
class Pushed:
    """One image in a registry."""

    function: str
    uri: str  #: repository@sha256:…, what a stack's parameter is set to
    config_digest: str
    tag: str


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
    if order.registry:
        repositories = {image.function: f"{order.registry.rstrip('/')}/{image.function}" for image in images}
        return _push_all(images, repositories, changes, say)
    return _push_to_ecr(images, order, changes, account(), say)


def _push_to_ecr(
    images: Sequence[LocalImage], order: PushRequest, changes: Sequence[str], account: Account, say: Say
) -> list[Pushed]:
    account.identity()
    client = account.client("ecr")
    names = {image.function: f"{ecr.PREFIX}/{image.function}" for image in images}
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
        return _push_all(images, repositories, changes, say)
    finally:
        docker("logout", host)


def _push_all(
    images: Sequence[LocalImage], repositories: Mapping[str, str], changes: Sequence[str], say: Say
) -> list[Pushed]:
    result = []
    for image in images:
        tag = f"{image.revision}-{image.digest.removeprefix('sha256:')[:8]}" if changes else image.revision
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


def remember(root: Path, images: Sequence[Pushed]) -> None:
    """Note what was pushed, for the deployment that follows."""
    text = json.dumps([asdict(image) for image in images], indent=1)
    (root / PUSHED).parent.mkdir(exist_ok=True)
    (root / PUSHED).write_text(text + "\n", encoding="utf-8")


def pushed(root: Path) -> dict[str, Pushed]:
    """Return what was pushed last, by function."""
    try:
        entries = json.loads((root / PUSHED).read_text(encoding="utf-8"))
        return {entry["function"]: Pushed(**entry) for entry in entries}
    except FileNotFoundError as error:
        raise ShipError("nothing was pushed from here yet: scripts/push, or name the images") from error
    except (ValueError, TypeError, KeyError) as error:
        raise ShipError(f"{PUSHED} is damaged ({error!r}): scripts/push writes it again") from error


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
