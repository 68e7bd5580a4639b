"""The verb that brings the images of the pipeline, or of any project, to AWS."""

# ruff: noqa: PLC0415
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facepipe.client.printable_text import printable
from facepipe.verbs.options import PATHS, clear_errors, say

if TYPE_CHECKING:
    from facepipe.ship.delivery import Pushed

Region = Annotated[str | None, typer.Option(help="AWS's region; else AWS_REGION or the profile's.")]
Template = Annotated[
    Path | None,
    typer.Option(help="A project's folder or its template.", show_default="this folder's; in the checkout its own"),
]


def push(
    registry: Annotated[str, typer.Option(help="Another registry than the account's ECR, HOST:PORT/prefix.")] = "",
    allow: Annotated[list[str] | None, typer.Option(help="Overrule a refusal by its name; may be repeated.")] = None,
    template: Template = None,
    image: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=IMAGE", help="For another project: push this local image. May be repeated."),
    ] = None,
    tag: Annotated[str, typer.Option(envvar="FACEPIPE_TAG", help="The local images' tag.")] = "latest",
    model: Annotated[str, typer.Option(envvar="FACEPIPE_MODEL", help="vggface2 or casia-webface.")] = "",
    architecture: Annotated[str, typer.Option(help="x86_64 or arm64; else the template's.")] = "",
    no_build: Annotated[bool, typer.Option("--no-build", help="Push the images as they are.")] = False,
    region: Region = None,
) -> None:
    """Build the images of a template's functions, push them, and print their digests and how to deploy them.

    --tag, --model and --architecture are for facepipe's own images; another template says what its images are built of.
    """
    with clear_errors():
        from facepipe.ship.aws import Account
        from facepipe.ship.images import PLATFORMS, Build
        from facepipe.ship.project_push import ProjectPush, push_project
        from facepipe.ship.push import PushRequest, revision
        from facepipe.ship.push import push as push_images
        from facepipe.ship.refusals import NAMES
        from facepipe.ship.template import defaults

        chosen = _chosen(template)
        _refuse_url(registry)
        if odd := set(allow or []) - set(NAMES):
            raise typer.BadParameter(f"{odd.pop()} is no refusal; there are {', '.join(NAMES)}", param_hint="--allow")
        if chosen != PATHS.template:
            project = ProjectPush(chosen, registry, frozenset(allow or []), not no_build, _named(image))
            images = push_project(project, lambda: Account.of(os.environ, region), say)
            _show(images)
            if not registry:
                _say_how_to_deploy(chosen, images)
            return
        PATHS.need_checkout("facepipe push")
        wanted = architecture or defaults(PATHS.template)["Architecture"]
        if wanted not in PLATFORMS:
            raise typer.BadParameter(f"{wanted}: choose x86_64 or arm64", param_hint="--architecture")
        base_digest = os.environ.get("FACEPIPE_BASE_DIGEST", "")
        build = Build(PATHS.root, revision(PATHS.root), wanted, model, tag=tag, base_digest=base_digest)
        order = PushRequest(build, registry, frozenset(allow or []), rebuild=not no_build)
        images = push_images(order, lambda: Account.of(os.environ, region), say)
        _show(images)
        if not registry:
            _say_how_to_deploy(chosen, images)


def _refuse_url(registry: str) -> None:
    """Refuse a URL before anything is built: Docker would say "invalid reference format"."""
    from facepipe.ship.problems import ShipError

    if "://" in registry:
        raise ShipError(f"--registry {registry} is a URL; write it as HOST:PORT/prefix, without the scheme")


def _chosen(given: Path | None) -> Path:
    """Return the template: the given one, else that of the folder from which the program was called."""
    from facepipe.project import called_from
    from facepipe.project_place import find_template

    here = Path.cwd().resolve()  # a script has gone to the checkout
    if given is not None:
        found = find_template(called_from().resolve() / given)
    else:
        found = PATHS.template.resolve() if here.is_relative_to(PATHS.root) else find_template(here)
    return PATHS.template if found == PATHS.template.resolve() else found


def _prefix(template: Path) -> str:
    """Return the first part of a project's repositories, which is its stack's name too."""
    from facepipe.ship import ecr
    from facepipe.ship.template_images import repository_name

    return ecr.PREFIX if template == PATHS.template else repository_name(template.parent.name)


def _named(texts: Sequence[str] | None) -> dict[str, str]:
    """Read NAME=IMAGE, several times."""
    named = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not name or not equals or not value:
            raise typer.BadParameter(f"{text}: write it as NAME=IMAGE", param_hint="--image")
        named[name] = value
    return named


def _show(images: "Sequence[Pushed]") -> None:
    for image in images:
        print(printable(f"{image.function}  {image.uri}  (image {image.config_digest})"))


def _say_how_to_deploy(template: Path, images: "Sequence[Pushed]") -> None:
    """Print the command that deploys images in ECR: Lambda takes none from elsewhere."""
    from facepipe.project_place import kept_in
    from facepipe.ship.deploy_command import deploy_command

    uris = {image.function: image.uri for image in images}
    kept = PATHS.var if template == PATHS.template else kept_in(PATHS.var, template)
    say("deploy them with:")
    say(deploy_command(template, _prefix(template), uris, kept))
