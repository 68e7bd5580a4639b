"""Function URLs through the API: create, get, list, update, delete. Each has a port of this machine."""

import itertools
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from emulator.aws.error_types import NO_FUNCTION
from emulator.lambda_api.api_errors import ApiError, not_built, not_found, refusal
from emulator.lambda_api.functions import page
from emulator.lambda_api.names import Directory, NamedFunction
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.listening import PortError
from emulator.properties import Properties, TemplateError
from emulator.resources import FunctionUrl
from emulator.resources.function_url import BUFFERED, CORS, INVOKE_MODE, STREAMED, TARGET_FUNCTION
from emulator.stack.stack import LiveUrl, Stack

log = logging.getLogger(__name__)

NO_URL = "The resource you requested does not exist."
AUTH_TYPE = "AuthType"


class Addresses(Protocol):
    """Knows where the URLs are served here."""

    def of(self, position: int) -> str:
        """Return the address of the URL at a position."""
        ...

    def first_free(self, positions: Iterable[int]) -> int:
        """Return the first of these positions whose port is free. Raises `PortError`."""
        ...

    async def opened(self, url_id: str) -> bool:
        """Return, once it is known, whether the URL's port could be opened."""
        ...


@dataclass(frozen=True, slots=True)
class UrlApi:
    """Describes and changes the stack's URLs."""

    stack: Stack
    addresses: Addresses
    directory: Directory
    published: bool = False  #: only the ports of the template's URLs can be reached, as in docker compose

    @operation("Qualifier", CORS, INVOKE_MODE)
    async def create_function_url_config(self, request: ApiRequest) -> ApiResponse:
        """Give a function a URL; the answer's address can be called at once."""
        target = self._target(request, NO_FUNCTION)
        name = target.name
        if self.stack.url_of(target.key):
            where = f"[functionArn = {self.directory.arns.function(name, target.qualifier)}]"
            message = f"Failed to create function url config for {where}. Error message: "
            raise ApiError(
                409, "ResourceConflictException", f"{message} FunctionUrlConfig exists for this Lambda function"
            )
        url = replace(self._read(request, name), qualifier=target.qualifier)
        try:
            live = self.stack.put_url(url, self.addresses.first_free(self.positions()))
        except PortError as error:
            raise ApiError(503, "ServiceException", str(error)) from error
        if not await self.addresses.opened(url.id):
            self.stack.urls.remove(url.id)
            raise ApiError(503, "ServiceException", f"the port of the URL of {name} cannot be opened; call again")
        log.info("%s: its URL is %s", name, self.addresses.of(live.position))
        unsaid = () if INVOKE_MODE in request.parameters else (INVOKE_MODE,)
        return self._answer(live, without=("LastModifiedTime", *unsaid))

    @operation("Qualifier")
    async def get_function_url_config(self, request: ApiRequest) -> ApiResponse:
        """Describe the URL of a function."""
        return self._answer(self._live(request, NO_URL))

    @operation("Marker", "MaxItems")
    async def list_function_url_configs(self, request: ApiRequest) -> ApiResponse:
        """Describe the URLs of a function and of its aliases."""
        urls = self.stack.urls_of(self.directory.find(request.function_name).name)
        found = [self._describe(self.stack.urls[url_id]) for url_id in urls]
        return ApiResponse(page("FunctionUrlConfigs", found, request))

    @operation("Qualifier", AUTH_TYPE, CORS, INVOKE_MODE)
    async def update_function_url_config(self, request: ApiRequest) -> ApiResponse:
        """Change a URL; members not in the request stay."""
        live = self._live(request, NO_FUNCTION)
        url = self._read(request, live.url.function, before=live.url)
        return self._answer(self.stack.put_url(url, live.position), without=(INVOKE_MODE,))

    @operation("Qualifier")
    async def delete_function_url_config(self, request: ApiRequest) -> ApiResponse:
        """Delete a URL; its port is closed."""
        live = self._live(request, NO_URL)
        self.stack.urls.remove(live.url.id)
        log.info("%s: its URL was deleted", live.url.function)
        return ApiResponse()

    def positions(self) -> Iterator[int]:
        """Yield the positions that another URL may have."""
        if not self.published:
            return self.stack.free_positions()
        most = len(self.stack.template.urls)
        return itertools.takewhile(lambda position: position < most, self.stack.free_positions())

    def _target(self, request: ApiRequest, missing: str) -> NamedFunction:
        """Return the function or alias; the error for a missing one has this message."""
        self.directory.reference(request.function_name, request.qualifier)
        try:
            return self.directory.target(request.function_name, request.qualifier)
        except ApiError as error:
            if error.status != 404:  # not found
                raise
            raise not_found(missing) from error

    def _live(self, request: ApiRequest, missing: str) -> LiveUrl:
        url_id = self.stack.url_of(self._target(request, missing).key)
        if not url_id:
            raise not_found(NO_URL)
        return self.stack.urls[url_id]

    def _read(self, request: ApiRequest, function: str, before: FunctionUrl | None = None) -> FunctionUrl:
        """Read the request as the properties of a template's URL, over those of the URL as it is."""
        values = {**(before.as_properties() if before else {}), **request.without(["FunctionName", "Qualifier"])}
        if values.pop(INVOKE_MODE, BUFFERED) != BUFFERED:
            raise not_built(f"{request.operation} with {INVOKE_MODE} {STREAMED}")
        try:
            url = FunctionUrl.read(Properties.from_request({**values, TARGET_FUNCTION: function}), self.stack.functions)
        except TemplateError as error:
            raise refusal(error, request.operation) from error
        return replace(url, logical_id=before.logical_id, qualifier=before.qualifier) if before else url

    def _answer(self, live: LiveUrl, *, without: tuple[str, ...] = ()) -> ApiResponse:
        return ApiResponse({name: value for name, value in self._describe(live).items() if name not in without})

    def _describe(self, live: LiveUrl) -> dict[str, Any]:
        urls, url = self.stack.urls, live.url
        return url.describe(
            self.addresses.of(live.position),
            function_arn=self.directory.arns.function(url.function, url.qualifier),
            created=_iso(urls.created(url.id)),
            modified=_iso(urls.modified(url.id)),
        )


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(moment))
