"""Functions through the API: get, list, change, and how many executions are reserved for them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from emulator.aws.identifiers import LATEST
from emulator.aws.limits import PAGE_ITEMS
from emulator.lambda_api.api_errors import invalid
from emulator.lambda_api.change_checks import OF_FUNCTION, check_is_settled, check_revision
from emulator.lambda_api.configuration import WITHOUT_EFFECT, name_differences, reconfigured
from emulator.lambda_api.descriptions import Descriptions
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.resources import Function
from emulator.resources.function import CHANGEABLE, FUNCTION_NAME, RESERVED_CONCURRENCY
from emulator.resources.function_description import describe_with_code
from emulator.stack.live import LiveResources


@dataclass(frozen=True, slots=True)
class FunctionApi:
    """Describes the stack's functions, and changes them there."""

    directory: Directory
    functions: LiveResources[Function]
    descriptions: Descriptions
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  #: by function
    fixed: Collection[str] = ()  #: properties that only a new start of the emulator can change

    @operation("Qualifier")
    async def get_function(self, request: ApiRequest) -> ApiResponse:
        """Describe a function and its code."""
        target = self.directory.target(request.function_name, request.qualifier)
        whole = self.descriptions.whole(target.function, target.qualifier)
        tags = dict(self.tags.get(target.name, {}))
        return ApiResponse(describe_with_code(target.function, whole) | ({"Tags": tags} if tags else {}))

    @operation("Qualifier")
    async def get_function_configuration(self, request: ApiRequest) -> ApiResponse:
        """Describe a function."""
        target = self.directory.target(request.function_name, request.qualifier)
        return ApiResponse(self.descriptions.whole(target.function, target.qualifier))

    @operation("FunctionVersion", "Marker", "MaxItems")
    async def list_functions(self, request: ApiRequest) -> ApiResponse:
        """Describe all functions; with FunctionVersion=ALL each with its published versions."""
        whole = "FunctionVersion" in request.parameters
        descriptions = [described for f in self.functions.values() for described in self._listed(f, whole=whole)]
        return ApiResponse(page("Functions", descriptions, request))

    @operation("RevisionId", *CHANGEABLE, *WITHOUT_EFFECT)
    async def update_function_configuration(self, request: ApiRequest) -> ApiResponse:
        """Change a function: calls in flight end as they began, the next ones get new environments."""
        function = self._find(request)
        check_revision(request, self.functions.revision(function.name), OF_FUNCTION)
        check_is_settled(function, self.descriptions)
        name_differences(request)
        changed = reconfigured(function, request.without([FUNCTION_NAME, "RevisionId", *WITHOUT_EFFECT]), self.fixed)
        self.functions.put(function.name, changed)
        return ApiResponse(self.descriptions.whole(changed, changed=True))

    @operation()
    async def put_function_concurrency(self, request: ApiRequest) -> ApiResponse:
        """Reserve executions for a function; takes effect with the next call."""
        reserved = request.parameters[RESERVED_CONCURRENCY]
        function = self.directory.find_unqualified(request.function_name, unqualified=LATEST)
        changed = replace(function, reserved_concurrency=reserved)
        self.functions.put(changed.name, changed)
        return ApiResponse(changed.describe_concurrency())

    @operation()
    async def get_function_concurrency(self, request: ApiRequest) -> ApiResponse:
        """Return how many executions are reserved for a function, if any are."""
        return ApiResponse(self._find(request).describe_concurrency())

    @operation()
    async def delete_function_concurrency(self, request: ApiRequest) -> ApiResponse:
        """Reserve none any more."""
        changed = replace(self.directory.find_unqualified(request.function_name), reserved_concurrency=None)
        self.functions.put(changed.name, changed)
        return ApiResponse()

    def _listed(self, function: Function, *, whole: bool) -> list[dict[str, Any]]:
        """Return the description of a function; if `whole`, also those of its versions, each with its own ARN."""
        if not whole:
            return [self.descriptions.listed(function)]
        versions = [function, *self.directory.versions.of(function.name)]
        return [self.descriptions.listed(version, version.version) for version in versions]

    def _find(self, request: ApiRequest) -> Function:
        return self.directory.find(request.function_name, request.qualifier)


def page(name: str, items: Sequence[Any], request: ApiRequest) -> dict[str, Any]:
    """Return the items that MaxItems and Marker ask for, under the name of the answer's list, and the next marker."""
    marker, size = request.text("Marker") or "0", request.parameters.get("MaxItems", PAGE_ITEMS)
    if not marker.isdecimal():
        raise invalid("Marker must be one that an answer gave")
    start, end = int(marker), int(marker) + min(size, PAGE_ITEMS)
    return {name: list(items[start:end])} | ({"NextMarker": str(end)} if end < len(items) else {})
