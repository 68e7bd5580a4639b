"""The command of AWS's own program that deploys what was pushed, by its digests."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from facepipe.ship.stack_document import read_document
from facepipe.ship.template import defaults
from facepipe.ship.template_images import template_images, with_images

AUTH_PARAMETER, SIGNED = "FunctionUrlAuthType", "AWS_IAM"  #: of facepipe's own template, and of any that has it
#: roles, also with names of their own, and SAM's transform
CAPABILITIES = ("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


def deploy_command(template: Path, stack: str, uris: Mapping[str, str], kept: Path) -> str:
    """Return the command for images in ECR, by their names; callers of the function URL must sign.

    Digests go into the parameters that hold the images. Where a template has none, a copy of it with the digests is
    written to the folder `kept`, as JSON. The stack is in the images' region, as Lambda wants it.
    """
    document = read_document(template)
    images = template_images(document, template.resolve().parent)
    overrides = {parameter: uris[image.name] for image in images for parameter in image.parameters}
    if AUTH_PARAMETER in defaults(template):
        overrides[AUTH_PARAMETER] = SIGNED
    if any(image.written for image in images):
        template = kept / "deployable.json"
        kept.mkdir(parents=True, exist_ok=True)
        template.write_text(json.dumps(with_images(document, images, uris), indent=1), encoding="utf-8")
    region = next(iter(uris.values())).split(".dkr.ecr.")[1].split(".")[0]
    command = ["aws", "cloudformation", "deploy", "--region", region, "--stack-name", stack]
    command += ["--template-file", str(template), "--capabilities", *CAPABILITIES]
    if overrides:
        command += ["--parameter-overrides"] + [f"{name}={value}" for name, value in overrides.items()]
    return shlex.join(command)
