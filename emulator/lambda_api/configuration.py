"""What CreateFunction and UpdateFunctionConfiguration make of a function, and what of them has no effect here."""

import logging
from collections.abc import Collection, Mapping
from typing import Any

from emulator.lambda_api.api_errors import not_built, refusal
from emulator.lambda_api.requests import ApiRequest
from emulator.properties import TemplateError
from emulator.resources import Function

log = logging.getLogger(__name__)

#: parameters that are taken, and said to have no effect here: what differs
WITHOUT_EFFECT: Mapping[str, str] = {
    "FileSystemConfigs": "no file system is mounted under /mnt",
    "KMSKeyArn": "variables are not encrypted",
    "Layers": "layers are not emulated: put what the function needs into its archive",
    "VpcConfig": "the function is on this machine's network, not in the VPC",
}


def name_differences(request: ApiRequest, texts: Mapping[str, str] = WITHOUT_EFFECT) -> None:
    """Log what of a request has another effect here than on AWS."""
    for name, difference in texts.items():
        if request.parameters.get(name):
            log.warning("%s: %s with %s: %s", request.function_name, request.operation, name, difference)


def reconfigured(function: Function, request: Mapping[str, Any], fixed: Collection[str] = ()) -> Function:
    """Return the function as a validated request wants it; `ApiError` names what is not built."""
    if unchangeable := sorted(set(request) & set(fixed)):
        raise not_built(f"UpdateFunctionConfiguration with {unchangeable[0]}, which its containers were made with,")
    try:
        return function.reconfigured(request)
    except TemplateError as error:
        raise refusal(error, "UpdateFunctionConfiguration") from error
