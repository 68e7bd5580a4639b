"""What UpdateFunctionConfiguration makes of a function."""

from collections.abc import Collection, Mapping
from typing import Any

from emulator.lambda_api.api_errors import not_built, refusal
from emulator.properties import TemplateError
from emulator.resources import Function


def reconfigured(function: Function, request: Mapping[str, Any], fixed: Collection[str] = ()) -> Function:
    """Return the function as a validated request wants it; `ApiError` names what is not built."""
    if unchangeable := sorted(set(request) & set(fixed)):
        raise not_built(f"UpdateFunctionConfiguration with {unchangeable[0]}, which its containers were made with,")
    try:
        return function.reconfigured(request)
    except TemplateError as error:
        raise refusal(error, "UpdateFunctionConfiguration") from error
