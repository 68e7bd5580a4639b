"""Parses a template's text into dicts, lists and scalars, with CloudFormation's short tags in their long form."""

from pathlib import Path
from typing import Any

import yaml

from emulator.aws.limits import TEMPLATE_BYTES
from emulator.properties import TemplateError
from emulator.template.foreign_formats import refuse_document, refuse_file

MAXIMUM_DEPTH = 100


def read_document(path: Path) -> dict[str, Any]:
    """Read and parse a template file; `TemplateError` if it is missing, too large, or not a mapping in YAML or JSON."""
    return parse_file(path, read_text(path))


def parse_file(path: Path, text: str) -> dict[str, Any]:
    """Parse the text of a template file; files of other tools are refused by name."""
    refuse_file(path, text)
    return parse_document(text)


def read_text(path: Path) -> str:
    """Return the text of a template file; the message of its `TemplateError` names the file."""
    try:
        size = path.stat().st_size
        if size > TEMPLATE_BYTES:
            raise TemplateError(
                "", f"{path} has {size:,} bytes, CloudFormation allows {TEMPLATE_BYTES:,}; split the stack"
            )
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise TemplateError("", f"{path} cannot be read: {reason}") from error


def parse_document(text: str) -> dict[str, Any]:
    """Parse YAML or JSON."""
    try:
        tree = yaml.load(text, _Loader)  # noqa: S506  # a SafeLoader with CloudFormation's tags
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise TemplateError(place, f"{getattr(error, 'problem', None) or 'not YAML'}; correct the YAML") from error
    except RecursionError as error:
        raise TemplateError("", "nested too deeply; use fewer levels") from error
    if not isinstance(tree, dict):
        raise TemplateError("", "the template is not a mapping; it needs at least a Resources section")
    refuse_document(tree)
    return tree


class _Loader(yaml.SafeLoader):
    """Reads YAML like CloudFormation: aliases and duplicate keys are errors, and dates are strings."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases: CloudFormation does not support them, and they can expand a small file to gigabytes."""
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem=f"alias *{event.anchor}: CloudFormation does not support aliases", problem_mark=event.start_mark
            )
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise RecursionError
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Refuse a duplicate key: the YAML parser would keep the last one without notice."""
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float) or key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"key {key!r} is duplicated or is not a string", problem_mark=key_node.start_mark
                )
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _short_tag(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _short_tag)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
