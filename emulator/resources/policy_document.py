"""A whole resource policy, as PutResourcePolicy takes it: JSON, whose statements are `Permission`s (FU-31)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from emulator.aws.arns import is_principal
from emulator.json_text import read_json
from emulator.resources.permission import EVERYONE, RESTRICTIONS, URL_AUTH_TYPE, VIA_URL, Permission

VERSION = "2012-10-17"
#: operator and key of a condition → the property that a statement has for it
_CONDITIONS: dict[tuple[str, str], str] = {place: name for name, place in RESTRICTIONS.items()} | {
    ("StringEquals", "lambda:FunctionUrlAuthType"): URL_AUTH_TYPE,
    ("Bool", "lambda:InvokedViaFunctionUrl"): VIA_URL,
}


class PolicyError(ValueError):
    """A policy cannot be read, or uses something that is not emulated; the message names it."""


def read_policy(text: str, function: str, qualifier: str) -> list[Permission]:
    """Return the statements of a policy for a function, version or alias. Raises `PolicyError`."""
    try:
        policy = read_json(text)
    except ValueError as error:
        raise PolicyError(f"the policy is not JSON: {error}") from error
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements or not all(isinstance(each, dict) for each in statements):
        raise PolicyError("the policy has no list of statements")
    read = [_read(each, function, qualifier, f"statement-{n}") for n, each in enumerate(statements, start=1)]
    if len({permission.key for permission in read}) < len(read):
        raise PolicyError("two statements have the same Sid")
    return read


def write_policy(permissions: Iterable[Permission], arn: str) -> str:
    """Return a policy as JSON; the ARN is that of the function, version or alias."""
    statements = [permission.describe(arn) for permission in permissions]
    return json.dumps({"Version": VERSION, "Id": "default", "Statement": statements})


def _read(statement: Mapping[str, Any], function: str, qualifier: str, sid: str) -> Permission:
    if unknown := sorted(set(statement) - {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}):
        raise PolicyError(f"a statement with {unknown[0]} is not emulated")
    if statement.get("Effect") != "Allow":
        raise PolicyError("a statement whose Effect is not Allow is not emulated")
    first, *further = _actions(statement.get("Action"))
    conditions = _conditions(statement.get("Condition") or {})
    return Permission(
        function,
        first,
        _principal(statement.get("Principal")),
        url_auth_type=conditions.pop(URL_AUTH_TYPE, ""),
        via_url=conditions.pop(VIA_URL, "") == "true",
        restrictions=conditions,
        statement_id=str(statement.get("Sid") or sid),
        qualifier=qualifier,
        further_actions=tuple(further),
    )


def _actions(value: Any) -> list[str]:
    actions = [value] if isinstance(value, str) else value
    if not isinstance(actions, list) or not actions or not all(isinstance(action, str) for action in actions):
        raise PolicyError("a statement needs an Action")
    return actions


def _principal(value: Any) -> str:
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    if value == EVERYONE:
        return EVERYONE
    if not isinstance(value, str) or not is_principal(value):
        raise PolicyError(f"the principal {value!r} is invalid, or a list of several, which is not emulated")
    return value


def _conditions(block: Any) -> dict[str, str]:
    """Return the conditions of a statement by property."""
    found: dict[str, str] = {}
    if not isinstance(block, dict) or not all(isinstance(keys, dict) for keys in block.values()):
        raise PolicyError("a Condition must be an object of objects")
    for operator, keys in block.items():
        for key, value in keys.items():
            name = _CONDITIONS.get((operator, key))
            if name is None or not isinstance(value, str | bool):
                raise PolicyError(f"the condition {operator} of {key} is not emulated")
            found[name] = str(value).lower() if isinstance(value, bool) else value
    return found
