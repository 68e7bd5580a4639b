"""Function URLs as the API describes them; they are made by the template, and the API changes none."""

import time
from collections.abc import Mapping
from typing import Any

from emulator.lambda_api.api_errors import not_found
from emulator.lambda_api.functions import page
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.resources import FunctionUrl


class UrlApi:
    """Answers from the template's URLs; `addresses` are where they are served here, not where AWS would."""

    def __init__(self, addresses: Mapping[str, FunctionUrl], directory: Directory) -> None:
        self._addresses = addresses
        self._directory = directory
        self._created = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())

    @operation("Qualifier")
    async def get_function_url_config(self, request: ApiRequest) -> ApiResponse:
        """Describe the URL of a function."""
        found = self._of(self._directory.find(request.function_name, request.qualifier).name)
        if not found:
            raise not_found("The resource you requested does not exist.")
        return ApiResponse(found[0])

    @operation("Marker", "MaxItems")
    async def list_function_url_configs(self, request: ApiRequest) -> ApiResponse:
        """Describe the URLs of a function."""
        found = self._of(self._directory.find(request.function_name).name)
        return ApiResponse(page("FunctionUrlConfigs", found, request))

    def _of(self, function: str) -> list[dict[str, Any]]:
        arn = self._directory.arn(function)
        return [
            url.describe(address, function_arn=arn, made=self._created)
            for address, url in self._addresses.items()
            if url.function == function
        ]
