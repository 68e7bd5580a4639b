"""Verbs that bring the pipeline, or any project's image functions, to AWS."""

# ruff: noqa: PLC0415
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facepipe.client.printable_text import printable
from facepipe.verbs.options import PATHS, clear_errors, say

if TYPE_CHECKING:
    from facepipe.ship.delivery import Pushed

Region = Annotated[str | None, typer.Option(help="AWS's region; else AWS_REGION or the profile's.")]
Parameters = Annotated[list[str] | None, typer.Option(help="A template parameter, Name=value; may be repeated.")]
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
    """Build the images of a template's functions, push them, and print the digests for `deploy`.

    --tag, --model and --architecture are for facepipe's own images; another template says what its images are built of.
    """
    with clear_errors():
        from facepipe.ship.aws import Account
        from facepipe.ship.images import PLATFORMS, Build
        from facepipe.ship.project_push import ProjectPush, push_project
        from facepipe.ship.push import PushRequest, remember, revision
        from facepipe.ship.push import push as push_images
        from facepipe.ship.refusals import NAMES
        from facepipe.ship.template import defaults

        chosen = _chosen(template)
        if odd := set(allow or []) - set(NAMES):
            raise typer.BadParameter(f"{odd.pop()} is no refusal; there are {', '.join(NAMES)}", param_hint="--allow")
        if chosen != PATHS.template:
            project = ProjectPush(chosen, registry, frozenset(allow or []), not no_build, _named(image))
            images = push_project(project, lambda: Account.of(os.environ, region), say)
            remember(_kept(chosen), images, PROJECT_PUSHED)
            _show(images)
            return
        PATHS.need_checkout("facepipe push")
        wanted = architecture or defaults(PATHS.template)["Architecture"]
        if wanted not in PLATFORMS:
            raise typer.BadParameter(f"{wanted}: choose x86_64 or arm64", param_hint="--architecture")
        base_digest = os.environ.get("FACEPIPE_BASE_DIGEST", "")
        build = Build(PATHS.root, revision(PATHS.root), wanted, model, tag=tag, base_digest=base_digest)
        order = PushRequest(build, registry, frozenset(allow or []), rebuild=not no_build)
        images = push_images(order, lambda: Account.of(os.environ, region), say)
        remember(PATHS.root, images)
        _show(images)


def deploy(
    url_auth: Annotated[
        str, typer.Option(help="Required: iam (callers sign) or public (anyone may post photos).")
    ] = "",
    stack: Annotated[
        str, typer.Option(envvar="FACEPIPE_STACK", help="The stack's name.", show_default="the project's folder's")
    ] = "",
    template: Template = None,
    image: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=URI", help="repository@sha256:… of an image; else what was pushed last."),
    ] = None,
    detection_image: Annotated[str, typer.Option(help="As --image face-detection=URI.")] = "",
    recognition_image: Annotated[str, typer.Option(help="As --image face-recognition=URI.")] = "",
    parameter: Parameters = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    remove: Annotated[bool, typer.Option("--destroy", help="Remove the stack instead.")] = False,
    region: Region = None,
) -> None:
    """Deploy what was pushed with CloudFormation, showing the changes first; or remove it."""
    with clear_errors():
        from emulator.setting_texts import parse_parameters
        from facepipe.ship import deploy as shipping
        from facepipe.ship.aws import Account

        def ask(question: str) -> bool:
            try:
                return yes or typer.confirm(question)
            except typer.Abort:  # nobody is there to answer
                return False

        chosen = _chosen(template)
        names = [one.name for one in shipping.images_of(chosen)]
        prefix = _prefix(chosen)
        if remove:
            repositories = [f"{prefix}/{name}" for name in names]
            shipping.destroy(stack or prefix, Account.of(os.environ, region), say, ask, repositories)
            return
        if url_auth not in shipping.AUTH_TYPES and (url_auth or shipping.asks_who_may_call(chosen)):
            raise typer.BadParameter("say iam (callers sign) or public (anyone may post)", param_hint="--url-auth")
        given = {"face-detection": detection_image, "face-recognition": recognition_image, **_named(image)}
        given = {name: uri for name, uri in given.items() if uri}
        last = _last(chosen) if not set(names) <= set(given) else {}
        images = {name: pushed.uri for name, pushed in last.items()} | given
        digests = {name: pushed.config_digest for name, pushed in last.items() if name not in given}
        plan = shipping.Deployment(
            chosen, stack or prefix, url_auth, images, digests, parse_parameters(parameter or [])
        )
        for name, value in shipping.deploy(plan, Account.of(os.environ, region), say, ask).outputs.items():
            print(printable(f"{name}  {value}"))


PROJECT_PUSHED = Path("pushed.json")  #: below the folder of what is kept for a project


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


def _kept(template: Path) -> Path:
    """Return the folder of what is kept for a project."""
    from facepipe.project_place import kept_in

    return kept_in(PATHS.var, template)


def _prefix(template: Path) -> str:
    """Return the first part of a project's repositories, which is its stack's name too."""
    from facepipe.ship import ecr
    from facepipe.ship.template_images import repository_name

    return ecr.PREFIX if template == PATHS.template else repository_name(template.parent.name)


def _last(template: Path) -> "Mapping[str, Pushed]":
    """Return what was pushed last."""
    from facepipe.ship.push import pushed

    return pushed(PATHS.root) if template == PATHS.template else pushed(_kept(template), PROJECT_PUSHED)


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
