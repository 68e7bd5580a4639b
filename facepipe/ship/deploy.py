"""`facepipe deploy`: template.yaml and two images, by digest, become a stack; and the way back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from facepipe.ship import ecr
from facepipe.ship.aws import Account
from facepipe.ship.images import FUNCTIONS
from facepipe.ship.manifests import RegistryImage, parse
from facepipe.ship.problems import ShipError, in_one_line
from facepipe.ship.stacks import Change, DeployedStack, Stacks
from facepipe.ship.template import chosen

PARAMETERS = {"face-detection": "DetectionImageUri", "face-recognition": "RecognitionImageUri"}
AUTH_TYPES = {"iam": "AWS_IAM", "public": "NONE"}

Say = Callable[[str], None]
Ask = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is to be deployed."""

    template: Path
    stack: str
    url_auth: str  #: a key of AUTH_TYPES
    images: Mapping[str, str]  #: function → repository@sha256:…
    config_digests: Mapping[str, str] = field(default_factory=dict)  #: that these images must have, where known
    parameters: Mapping[str, str] = field(default_factory=dict)


def deploy(plan: Deployment, account: Account, say: Say, ask: Ask) -> DeployedStack:
    """Show the changes, ask, carry them out with progress, and return the stack.

    When a change fails, CloudFormation rolls back: the digests that ran before run on. A first deployment
    that fails is removed again.
    """
    say(f"account {account.identity()}, region {account.region}, stack {plan.stack}")
    stacks = Stacks(account.client("cloudformation"))
    before = stacks.find(plan.stack)
    parameters = chosen(plan.template, {**plan.parameters, **_fixed(plan)}, before.parameters if before else None)
    for function in FUNCTIONS:
        _check_image(plan, function, account)
    body = plan.template.read_text(encoding="utf-8")
    proposed = stacks.propose(plan.stack, body, parameters)
    if proposed is None:
        say("nothing to change")
        return _settled(stacks, plan.stack)
    for change in proposed.changes:
        say(_line(change))
    fresh = before is None or before.status == "REVIEW_IN_PROGRESS"
    if not ask(f"Carry out these {len(proposed.changes)} changes?"):
        stacks.discard(plan.stack, proposed.name, created=fresh)
        raise ShipError("nothing was changed")
    for line in stacks.carry_out(plan.stack, proposed.name):
        say(line)
    return _outcome(stacks, plan.stack, say, fresh=fresh)


def _outcome(stacks: Stacks, name: str, say: Say, *, fresh: bool) -> DeployedStack:
    """Return the changed stack; where the changes were rolled back, leave nothing half made."""
    stack = _settled(stacks, name)
    if stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return stack
    if fresh:
        say(f"{stack.status}: removing what is left of it")
        for line in stacks.delete(name):
            say(line)
        if left := stacks.find(name):
            raise ShipError(f"the stack {name} is in {left.status}: scripts/deploy --destroy, once the cause is gone")
        raise ShipError(
            f"the stack {name} could not be made, and nothing of it is left: the first FAILED line says why"
        )
    raise ShipError(
        f"the stack {name} is in {stack.status}: what ran before runs on, by its digests;"
        " the first FAILED line says why"
    )


def destroy(name: str, account: Account, say: Say, ask: Ask) -> None:
    """Remove everything that a deployment made, after asking, and say what stays: the images."""
    stacks = Stacks(account.client("cloudformation"))
    if stacks.find(name) is None:
        raise ShipError(f"there is no stack {name} in {account.region}: nothing to remove")
    say("the queues are removed with all messages in them, the logs with all lines")
    if not ask(f"Remove the stack {name} in {account.region}?"):
        raise ShipError("nothing was removed")
    for line in stacks.delete(name):
        say(line)
    left = stacks.find(name)
    if left and left.status != "DELETE_COMPLETE":
        raise ShipError(f"the stack {name} is in {left.status}: some of it could not be removed, see the lines above")
    for function in FUNCTIONS:
        repository = ecr.existing(account.client("ecr"), f"{ecr.PREFIX}/{function}")
        if repository:
            say(f"kept: the images in {repository.uri}; they go with")
            say(f"      aws ecr delete-repository --force --repository-name {repository.name}")
    say("kept: a gallery in S3, if you put one there; docs/deploy.md says how to remove it")


def _fixed(plan: Deployment) -> dict[str, str]:
    images = {PARAMETERS[function]: plan.images[function] for function in FUNCTIONS}
    return {**images, "FunctionUrlAuthType": AUTH_TYPES[plan.url_auth]}


def _check_image(plan: Deployment, function: str, account: Account) -> None:
    """See that the registry holds the very image, in the stack's own region, before anything is changed."""
    uri = plan.images[function]
    repository, at, digest = uri.partition("@")
    host, _, name = repository.partition("/")
    if not at or not name:
        raise ShipError(f"{uri}: name the image of {function} by its digest, repository@sha256:…")
    if ".dkr.ecr." not in host:
        raise ShipError(f"{uri}: Lambda takes images from ECR only; scripts/push without --registry puts them there")
    region = host.split(".dkr.ecr.")[1].split(".")[0]
    if region != account.region:
        raise ShipError(f"{uri} is in {region}, the stack in {account.region}: Lambda wants both in one region")
    expected = plan.config_digests.get(function)
    manifest = _in_ecr(account, name, digest, uri)
    if expected and expected not in (manifest.config_digest, manifest.digest):
        raise ShipError(f"{uri} holds {manifest.config_digest}, and what was pushed from here is {expected}")


def _in_ecr(account: Account, name: str, digest: str, uri: str) -> RegistryImage:
    client = account.client("ecr")
    with in_one_line(f"looking for {uri}"):
        answer = client.batch_get_image(repositoryName=name, imageIds=[{"imageDigest": digest}])
    if not answer["images"]:
        raise ShipError(f"there is no {uri} in ECR: scripts/push first")
    return parse(answer["images"][0]["imageManifest"], uri)


def _settled(stacks: Stacks, name: str) -> DeployedStack:
    stack = stacks.find(name)
    if stack is None:
        raise ShipError(f"the stack {name} is gone: somebody removed it meanwhile")
    return stack


def _line(change: Change) -> str:
    return f"{change.action:<8}{change.logical_id:<28}{change.kind}{'  (replaced)' if change.replacement else ''}"
