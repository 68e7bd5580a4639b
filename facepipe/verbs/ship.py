"""Verbs that bring the pipeline to AWS."""

# ruff: noqa: PLC0415
import os
from typing import Annotated

import typer

from facepipe.client.terminal_text import printable
from facepipe.verbs.options import PATHS, clear_errors, say

Region = Annotated[str | None, typer.Option(help="AWS's region; else AWS_REGION or the profile's.")]
Parameters = Annotated[list[str] | None, typer.Option(help="A template parameter, Name=value; may be repeated.")]


def push(
    registry: Annotated[str, typer.Option(help="Another registry than the account's ECR, HOST:PORT/prefix.")] = "",
    allow: Annotated[list[str] | None, typer.Option(help="Overrule a refusal by its name; may be repeated.")] = None,
    tag: Annotated[str, typer.Option(envvar="FACEPIPE_TAG", help="The local images' tag.")] = "latest",
    model: Annotated[str, typer.Option(envvar="FACEPIPE_MODEL", help="vggface2 or casia-webface.")] = "",
    architecture: Annotated[str, typer.Option(help="x86_64 or arm64; else the template's.")] = "",
    no_build: Annotated[bool, typer.Option("--no-build", help="Push the images as they are.")] = False,
    region: Region = None,
) -> None:
    """Build both images, push them, and print the digests to deploy by."""
    with clear_errors():
        from facepipe.ship.aws import Account
        from facepipe.ship.images import PLATFORMS, Build
        from facepipe.ship.push import PushRequest, remember, revision
        from facepipe.ship.push import push as push_images
        from facepipe.ship.refusals import NAMES
        from facepipe.ship.template import defaults

        PATHS.need_checkout("facepipe push")
        if odd := set(allow or []) - set(NAMES):
            raise typer.BadParameter(f"{odd.pop()} is no refusal; there are {', '.join(NAMES)}", param_hint="--allow")
        wanted = architecture or defaults(PATHS.template)["Architecture"]
        if wanted not in PLATFORMS:
            raise typer.BadParameter(f"{wanted}: choose x86_64 or arm64", param_hint="--architecture")
        base_digest = os.environ.get("FACEPIPE_BASE_DIGEST", "")
        build = Build(PATHS.root, revision(PATHS.root), wanted, model, tag=tag, base_digest=base_digest)
        order = PushRequest(build, registry, frozenset(allow or []), rebuild=not no_build)
        images = push_images(order, lambda: Account.of(os.environ, region), say)
        remember(PATHS.root, images)
        for image in images:
            print(printable(f"{image.function}  {image.uri}  (image {image.config_digest})"))


def deploy(
    url_auth: Annotated[
        str, typer.Option(help="Must be said: iam (callers sign) or public (anyone may post photos).")
    ] = "",
    stack: Annotated[str, typer.Option(envvar="FACEPIPE_STACK", help="The stack's name.")] = "facepipe",
    detection_image: Annotated[str, typer.Option(help="repository@sha256:…; else what was pushed last.")] = "",
    recognition_image: Annotated[str, typer.Option(help="repository@sha256:…; else what was pushed last.")] = "",
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
        from facepipe.ship.push import pushed

        def ask(question: str) -> bool:
            try:
                return yes or typer.confirm(question)
            except typer.Abort:  # nobody is there to answer
                return False

        if remove:
            shipping.destroy(stack, Account.of(os.environ, region), say, ask)
            return
        if url_auth not in shipping.AUTH_TYPES:
            raise typer.BadParameter("say iam (callers sign) or public (anyone may post)", param_hint="--url-auth")
        images = {"face-detection": detection_image, "face-recognition": recognition_image}
        last = pushed(PATHS.root) if not all(images.values()) else {}
        plan = shipping.Deployment(
            PATHS.template,
            stack,
            url_auth,
            {name: uri or last[name].uri for name, uri in images.items()},
            {name: last[name].config_digest for name, uri in images.items() if not uri},
            parse_parameters(parameter or []),
        )
        for name, value in shipping.deploy(plan, Account.of(os.environ, region), say, ask).outputs.items():
            print(printable(f"{name}  {value}"))
