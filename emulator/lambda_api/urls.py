"""Function URLs as the API describes them; they are made by the template, and the API changes none."""

import time
from collections.abc import Callable
from typing import Any

from emulator.lambda_api.api_errors import not_found
from emulator.lambda_api.functions import page
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.live import LiveResources
from emulator.stack import LiveUrl


class UrlApi:
    """Describes the stack's URLs; `address` is where the one at a position is served here, not where AWS would."""

    def __init__(self, urls: LiveResources[LiveUrl], address: Callable[[int], str], directory: Directory) -> None:
        self._urls = urls
        self._address = address
        self._directory = directory

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
            live.url.describe(self._address(live.position), function_arn=arn, created=self._creation_time(url_id))
            for url_id, live in self._urls.items()
            if live.url.function == function
        ]

    def _creation_time(self, url_id: str) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(self._urls.modified(url_id)))
