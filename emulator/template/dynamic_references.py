"""Replaces `{{resolve:…}}` and imported values by the values that the settings give them.

On AWS they come from Systems Manager, Secrets Manager, and exports of other stacks, which are not emulated.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.json_text import read_json
from emulator.properties import TemplateError, as_text

SSM, SECRETS, IMPORT = "ssm", "secretsmanager", "import"
SERVICES = (SSM, "ssm-secure", SECRETS)
CURE = 'add {key} = "…" below [resolve] in facepipe.toml, or --resolve {flag}=…'
ARN_PARTS = 7  #: of a secret's ARN; what follows is a part of the secret
_REFERENCE = re.compile(r"\{\{resolve:([^{}]*)\}\}")


class MissingImportError(TemplateError):
    """No value is given for another stack's export."""


@dataclass(frozen=True, slots=True)
class OutsideValues:
    """Values of other services, by what names them: `ssm:/app/key`, `secretsmanager:db`, `import:Name`."""

    given: Mapping[str, str] = field(default_factory=dict)

    def filled(self, value: Any, path: str) -> Any:
        """Return a resolved value with the values of its dynamic references. Raises `TemplateError` with the cure."""
        if isinstance(value, dict):
            return {key: self.filled(item, f"{path}.{key}") for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item, f"{path}[{index}]") for index, item in enumerate(value)]
        if value is None:
            raise TemplateError(path, "is null, which CloudFormation does not allow; give it a value, or remove it")
        if not isinstance(value, str) or "{{resolve:" not in value:
            return value
        filled = _REFERENCE.sub(lambda match: self._dynamic(match[1], path), value)
        if "{{resolve:" in filled:
            raise TemplateError(path, f"{value} is no dynamic reference; write it as {{{{resolve:ssm:NAME}}}}")
        return filled

    def imported(self, name: str, path: str) -> str:
        """Return the value that another stack exports."""
        key = f"{IMPORT}:{name}"
        if key not in self.given:
            raise MissingImportError(path, f"{name} is exported by another stack, which is not here; {_cure(key)}")
        return self.given[key]

    def parameter(self, name: str) -> str | None:
        """Return the value of a parameter of Systems Manager; None if none is given."""
        return self.given.get(f"{SSM}:{name}")

    def _dynamic(self, reference: str, path: str) -> str:
        service, _, rest = reference.partition(":")
        if service not in SERVICES or not rest:
            raise TemplateError(path, f"{reference} is not resolved on AWS; use one of {', '.join(SERVICES)}")
        if (exact := self.given.get(reference)) is not None:
            return exact
        if service == SECRETS:
            return self._secret(rest, reference, path)
        name = rest.rpartition(":")[0] if re.search(r":\d+$", rest) else rest  # without the version
        for key in (f"{service}:{name}", f"{SSM}:{name}"):
            if key in self.given:
                return self.given[key]
        raise _missing(f"{service}:{name}", reference, path)

    def _secret(self, rest: str, reference: str, path: str) -> str:
        """Return a secret, or the value of a key in it: `NAME:SecretString:KEY:STAGE:VERSION`."""
        parts = rest.split(":")
        size = ARN_PARTS if rest.startswith("arn:") else 1
        name, further = ":".join(parts[:size]), parts[size:]
        key = f"{SECRETS}:{name}"
        if key not in self.given:
            raise _missing(key, reference, path)
        wanted = further[1] if len(further) > 1 else ""
        return _member(self.given[key], wanted, key, path) if wanted else self.given[key]


def _member(secret: str, name: str, key: str, path: str) -> str:
    try:
        content = read_json(secret)
    except ValueError:
        content = None
    if not isinstance(content, dict) or name not in content:
        raise TemplateError(path, f"the value given for {key} is no JSON object with the key {name}; correct it")
    member = content[name]
    return json.dumps(member) if isinstance(member, dict | list) else as_text(member)


def _missing(key: str, reference: str, path: str) -> TemplateError:
    problem = f"{{{{resolve:{reference}}}}} takes its value from a service that is not emulated"
    return TemplateError(path, f"{problem}; {_cure(key)}")


def _cure(key: str) -> str:
    return CURE.format(key=json.dumps(key, ensure_ascii=False), flag=key)
