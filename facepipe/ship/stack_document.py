"""A template as CloudFormation takes it, read with its intrinsic functions, so that it can be written again."""

import json
from pathlib import Path
from typing import Any

import yaml

from facepipe.ship.problems import ShipError


class _FunctionLoader(yaml.SafeLoader):
    """YAML whose tags (!Ref, !GetAtt …) become the functions' long forms, and whose dates stay texts."""


def _function(loader: _FunctionLoader, suffix: str, node: Any) -> dict[str, Any]:
    construct: Any = getattr(loader, f"construct_{node.id}")  # of a scalar, a sequence or a mapping
    value = construct(node) if isinstance(node, yaml.ScalarNode) else construct(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_FunctionLoader.add_multi_constructor("!", _function)
_FunctionLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_document(template: Path) -> dict[str, Any]:
    """Return a template, JSON or YAML; `ShipError` when it cannot be read."""
    try:
        text = template.read_text(encoding="utf-8")
        document: Any = json.loads(text) if template.suffix == ".json" else yaml.load(text, _FunctionLoader)  # noqa: S506  # a SafeLoader
        resources = document["Resources"]
        parameters = document.get("Parameters") or {}
        if isinstance(document, dict) and isinstance(resources, dict) and isinstance(parameters, dict):
            return document
        raise ShipError(f"{template.name} cannot be read as a template: its sections must be mappings")
    except (OSError, yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ShipError(f"{template.name} cannot be read as a template: {' '.join(str(error).split())}") from error
