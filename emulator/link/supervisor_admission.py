"""Which supervisors are admitted, by the first message that each of them sends."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.environments.environment import Environment
from emulator.link.tokens import Tokens
from emulator.resources import Function

NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")  #: the form of an environment's name, which log streams and the journal use


async def never(_function: str, _code_version: str) -> bool:
    """Return False: a supervisor of another version cannot run the code."""
    return False


@dataclass(frozen=True, slots=True)
class SupervisorAdmission:
    """Decides about supervisors by their function, its token, and the version of the code that they start."""

    functions: Mapping[str, Function]  #: by `Function.key`
    tokens: Tokens
    is_as_before: Callable[[str, str], Awaitable[bool]] = never  #: whether supervisors of a version run the code of now

    def is_removed(self, hello: Mapping[str, Any]) -> bool:
        """Return whether a supervisor's function was removed since the emulator's start: its token is still valid."""
        name = str(hello.get("function"))
        return hello.get("type") == "hello" and not self.tokens.problem(name, hello.get("token"))

    async def runs_the_code(self, hello: Mapping[str, Any], function: Function) -> bool:
        """Return whether the supervisor's command runs the function's code, which may have changed since its start."""
        version = hello.get("code_version") or function.code_version
        return version == function.code_version or await self.is_as_before(function.key, str(version))

    def refusal(self, hello: Mapping[str, Any], function: Function | None, connected: Iterable[Environment]) -> str:
        """Return the reason why a supervisor is refused; "" if it is admitted."""
        if hello.get("type") != "hello" or function is None:
            return f"the template has no function {hello.get('function')!r}; it has {', '.join(self.functions)}"
        return self.tokens.problem(function.key, hello.get("token")) or _name_problem(
            str(hello["environment"]), function, connected
        )


def _name_problem(name: str, function: Function, connected: Iterable[Environment]) -> str:
    """Return why an environment cannot have this name; "" if it can. The journal keeps lines and figures by it."""
    if not NAME.fullmatch(name):
        return f"{name[:100]!r} is not a name for an environment: use 1 to 100 letters, digits, dots, - and _"
    others = (environment for environment in connected if environment.function != function.key)
    if any(environment.name == name for environment in others):
        return f"an environment of another function has the name {name}"
    return ""
