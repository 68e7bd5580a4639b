"""Function URLs as the API describes them; they are made by the template, and the API changes none."""

import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from emulator.lambda_api.errors import not_found
from emulator.lambda_api.names import Directory
from emulator.lambda_api.requests import check_query, name_in
from emulator.resources import FunctionUrl


class UrlApi:
    """Answers from the template's URLs; `addresses` are where they are served here, not where AWS would."""

    def __init__(self, addresses: Mapping[str, FunctionUrl], directory: Directory) -> None:
        self._addresses = addresses
        self._directory = directory
        self._created = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())

    def add_to(self, app: web.Application) -> None:
        """Add the operations' routes."""
        app.router.add_route("GET", "/2021-10-31/functions/{name}/url", self.get)
        app.router.add_route("GET", "/2021-10-31/functions/{name}/urls", self.all)

    async def get(self, request: web.Request) -> web.Response:
        """`GetFunctionUrlConfig`."""
        check_query(request, "GetFunctionUrlConfig", "Qualifier")
        found = self._of(self._directory.find(name_in(request), request.query.get("Qualifier", "")).name)
        if not found:
            raise not_found("The resource you requested does not exist.")
        return web.json_response(found[0])

    async def all(self, request: web.Request) -> web.Response:
        """`ListFunctionUrlConfigs`."""
        check_query(request, "ListFunctionUrlConfigs", "Marker", "MaxItems")
        return web.json_response({"FunctionUrlConfigs": self._of(self._directory.find(name_in(request)).name)})

    def _of(self, function: str) -> list[dict[str, Any]]:
        arn = self._directory.arn(function)
        return [
            url.describe(address, function_arn=arn, made=self._created)
            for address, url in self._addresses.items()
            if url.function == function
        ]
