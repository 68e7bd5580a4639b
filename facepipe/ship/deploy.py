"""`facepipe deploy`: a template and its images, by digest, become a stack; and the way back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from facepipe.ship import ecr
from facepipe.ship.aws import Account
from facepipe.ship.manifests import RegistryImage, parse
from facepipe.ship.problems import ShipError, in_one_line
from facepipe.ship.stack_document import as_body, read_document
from facepipe.ship.stacks import Change, DeployedStack, Stacks
from facepipe.ship.template import chosen, defaults
from facepipe.ship.template_images import TemplateImage, local_zip_functions, template_images, with_images

AUTH_PARAMETER = "FunctionUrlAuthType"  #: of facepipe's own template, and of any that has it
AUTH_TYPES = {"iam": "AWS_IAM", "public": "NONE"}

Say = Callable[[str], None]
Ask = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is to be deployed."""

    template: Path
    stack: str
    url_auth: str  #: a key of AUTH_TYPES; "" for a template that has no parameter for it
    images: Mapping[str, str]  #: an image's name → repository@sha256:…
    config_digests: Mapping[str, str] = field(default_factory=dict)  #: that these images must have, where known
    parameters: Mapping[str, str] = field(default_factory=dict)


def deploy(plan: Deployment, account: Account, say: Say, ask: Ask) -> DeployedStack:
    """Show the changes, ask, carry them out with progress, and return the stack.

    When a change fails, CloudFormation rolls back: the digests that ran before run on. A first deployment
    that fails is removed again.
    """
    document = read_document(plan.template)
    images = images_of(plan.template)
    if zips := local_zip_functions(document):
        raise ShipError(f"the code of {', '.join(zips)} is a folder of this machine: `sam deploy` brings zips to AWS")
    say(f"account {account.identity()}, region {account.region}, stack {plan.stack}")
    stacks = Stacks(account.client("cloudformation"))
    before = stacks.find(plan.stack)
    fixed = _fixed(plan, images)
    parameters = chosen(plan.template, {**plan.parameters, **fixed}, before.parameters if before else None)
    for image in images:
        _check_image(plan, image.name, account)
    body = plan.template.read_text(encoding="utf-8")
    if any(image.written for image in images):
        body = as_body(with_images(document, images, plan.images), plan.template.name)
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
            raise ShipError(f"the stack {name} is in {left.status}: facepipe deploy --destroy, once the cause is gone")
        raise ShipError(
            f"the stack {name} could not be made, and nothing of it is left: the first FAILED line says why"
        )
    raise ShipError(
        f"the stack {name} is in {stack.status}: what ran before runs on, by its digests;"
        " the first FAILED line says why"
    )


def destroy(name: str, account: Account, say: Say, ask: Ask, repositories: Sequence[str] = ()) -> None:
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
    for path in repositories:
        repository = ecr.existing(account.client("ecr"), path)
        if repository:
            say(f"kept: the images in {repository.uri}; they go with")
            say(f"      aws ecr delete-repository --force --repository-name {repository.name}")
    say("kept: a gallery in S3, if you put one there; docs/deploy.md says how to remove it")


def images_of(template: Path) -> list[TemplateImage]:
    """Return the images that a template's functions run."""
    return template_images(read_document(template), template.resolve().parent)


def asks_who_may_call(template: Path) -> bool:
    """Tell whether a template has the parameter that `--url-auth` sets."""
    return AUTH_PARAMETER in defaults(template)


def _fixed(plan: Deployment, images: Sequence[TemplateImage]) -> dict[str, str]:
    """Return the parameters that are not for the user to give: the images' URIs, and who may call."""
    if odd := [image.name for image in images if image.name not in plan.images]:
        raise ShipError(f"which image is {odd[0]}? facepipe push first, or --image {odd[0]}=repository@sha256:…")
    fixed = {parameter: plan.images[image.name] for image in images for parameter in image.parameters}
    return {**fixed, AUTH_PARAMETER: AUTH_TYPES[plan.url_auth]} if plan.url_auth else fixed


def _check_image(plan: Deployment, name: str, account: Account) -> None:
    """See that the registry holds the very image, in the stack's own region, before anything is changed."""
    uri = plan.images[name]
    repository, at, digest = uri.partition("@")
    host, _, path = repository.partition("/")
    if not at or not path:
        raise ShipError(f"{uri}: name the image of {name} by its digest, repository@sha256:…")
    if ".dkr.ecr." not in host:
        raise ShipError(f"{uri}: Lambda takes images from ECR only; facepipe push without --registry puts them there")
    region = host.split(".dkr.ecr.")[1].split(".")[0]
    if region != account.region:
        raise ShipError(f"{uri} is in {region}, the stack in {account.region}: Lambda wants both in one region")
    expected = plan.config_digests.get(name)
    manifest = _in_ecr(account, path, digest, uri)
    if expected and expected not in (manifest.config_digest, manifest.digest):
        raise ShipError(f"{uri} holds {manifest.config_digest}, and what was pushed from here is {expected}")


def _in_ecr(account: Account, name: str, digest: str, uri: str) -> RegistryImage:
    client = account.client("ecr")
    with in_one_line(f"looking for {uri}"):
        answer = client.batch_get_image(repositoryName=name, imageIds=[{"imageDigest": digest}])
    if not answer["images"]:
        raise ShipError(f"there is no {uri} in ECR: facepipe push first")
    return parse(answer["images"][0]["imageManifest"], uri)


def _settled(stacks: Stacks, name: str) -> DeployedStack:
    stack = stacks.find(name)
    if stack is None:
        raise ShipError(f"the stack {name} is gone: somebody removed it meanwhile")
    return stack


def _line(change: Change) -> str:
    return f"{change.action:<8}{change.logical_id:<28}{change.kind}{'  (replaced)' if change.replacement else ''}"
