"""Changes of functions through the API: what a request asks for, and who is told of a changed function."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.lambda_api.api_errors import not_built, refusal
from emulator.properties import TemplateError
from emulator.resources import Function


class Running(Protocol):
    """What runs the functions."""

    def reconfigure(self, function: Function, *, renew: bool) -> None:
        """Take a changed function in the place of the one of its name; `renew`: in new environments."""
        ...


class Sources(Protocol):
    """The event source mappings, which know their function's timeout."""

    def refresh(self, function: str) -> None:
        """Have a function's mappings begin anew."""
        ...


@dataclass(frozen=True, slots=True)
class FunctionChanges:
    """Puts changed functions in their places; `functions` are those of the directory."""

    functions: dict[str, Function]
    running: Running
    sources: Sources
    fixed: Collection[str] = field(default=())  #: properties that only a new start can change

    def put(self, function: Function, *, renew: bool) -> None:
        """Have a changed function take effect; `renew`: its environments are ended after their calls."""
        self.functions[function.name] = function
        self.running.reconfigure(function, renew=renew)
        if renew:
            self.sources.refresh(function.name)


def reconfigured(function: Function, request: Mapping[str, Any], fixed: Collection[str] = ()) -> Function:
    """Return the function as a validated request wants it; `ApiError` names what is not built."""
    if unchangeable := sorted(set(request) & set(fixed)):
        raise not_built(f"UpdateFunctionConfiguration with {unchangeable[0]}, which its containers were made with,")
    try:
        return function.reconfigured(request)
    except TemplateError as error:
        raise refusal(error, "UpdateFunctionConfiguration") from error
