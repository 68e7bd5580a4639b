"""Recognises files of other tools, so that their users get a clear error instead of one about YAML."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.properties import TemplateError

TERRAFORM_SUFFIXES = (".tf", ".tf.json", ".tofu")
_TERRAFORM = re.compile(r'^\s*(resource|data|module|variable|provider|terraform)\s*("[^"]+"\s*){0,2}\{', re.MULTILINE)
CURE = "write a CloudFormation or SAM template for these resources"


def refuse_file(path: Path, text: str) -> None:
    """Refuse a Terraform file, by its name or by its text; such a text may look like anything to a YAML parser."""
    if path.name.endswith(TERRAFORM_SUFFIXES) or _TERRAFORM.search(text):
        raise TemplateError("", f"this is a Terraform file, and the emulator does not read Terraform; {CURE}")


def refuse_document(document: Mapping[str, Any]) -> None:
    """Refuse documents of other tools that are valid YAML or JSON."""
    if "Resources" in document:
        return
    if "service" in document and "provider" in document:
        raise TemplateError(
            "", f"this is a serverless.yml of the Serverless Framework, which the emulator does not read; {CURE}"
        )
    if "services" in document:
        raise TemplateError("", f"this is a file of Docker Compose, not a template; {CURE}")
