"""Aliases through the API: create, get, list, update, delete. Each names one version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.aws.identifiers import LATEST
from emulator.lambda_api.api_errors import ApiError, invalid, not_built, not_found
from emulator.lambda_api.change_checks import OF_FUNCTION, check_revision
from emulator.lambda_api.functions import page
from emulator.lambda_api.names import Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.resources import Alias
from emulator.resources.alias import FUNCTION_VERSION, alias_key

ROUTING, WEIGHTS = "RoutingConfig", "AdditionalVersionWeights"
CHANGEABLE = ("Description", ROUTING)


@dataclass(frozen=True, slots=True)
class AliasApi:
    """Describes and changes the aliases of the stack's functions. A change applies from the next call on."""

    directory: Directory

    @operation(*CHANGEABLE)
    async def create_alias(self, request: ApiRequest) -> ApiResponse:
        """Add an alias."""
        version = request.text(FUNCTION_VERSION)
        function = self.directory.find(request.function_name, version).name
        self._check_weights(request, function, version)
        alias = Alias(function, request.text("Name"), version, request.text("Description"))
        if alias.key in self.directory.versions.aliases:
            arn = self.directory.arns.function(function, alias.name)
            raise ApiError(409, "ResourceConflictException", f"Alias already exists: {arn}")
        return self._put(alias)

    @operation()
    async def get_alias(self, request: ApiRequest) -> ApiResponse:
        """Describe an alias."""
        return ApiResponse(self._describe(self._find(request, "Cannot find alias arn")))

    @operation(FUNCTION_VERSION, "Marker", "MaxItems")
    async def list_aliases(self, request: ApiRequest) -> ApiResponse:
        """Describe a function's aliases by name: all, or those of one version."""
        function, version = self.directory.find(request.function_name).name, request.text(FUNCTION_VERSION)
        aliases = self.directory.versions.aliases_of(function)
        described = [self._describe(alias) for alias in aliases if version in ("", alias.version)]
        return ApiResponse(page("Aliases", described, request))

    @operation("RevisionId", FUNCTION_VERSION, *CHANGEABLE)
    async def update_alias(self, request: ApiRequest) -> ApiResponse:
        """Change an alias; members not in the request stay."""
        alias = self._find(request, "Alias not found")
        check_revision(request, self.directory.versions.aliases.revision(alias.key), OF_FUNCTION)
        version = request.text(FUNCTION_VERSION) or alias.version
        self.directory.find(alias.function, version)
        self._check_weights(request, alias.function, version)
        description = str(request.parameters.get("Description", alias.description))
        return self._put(replace(alias, version=version, description=description))

    @operation()
    async def delete_alias(self, request: ApiRequest) -> ApiResponse:
        """Delete an alias; on AWS it is no error if there is none."""
        function = self.directory.find(request.function_name).name
        self.directory.versions.aliases.remove(alias_key(function, request.text("Name")))
        return ApiResponse()

    def _find(self, request: ApiRequest, missing: str) -> Alias:
        """Return the alias that a request names. `missing` begins the error message if it does not exist."""
        function, name = self.directory.find(request.function_name).name, request.text("Name")
        alias = self.directory.versions.aliases.get(alias_key(function, name))
        if alias is None:
            raise not_found(f"{missing}: {self.directory.arns.function(function, name)}")
        return alias

    def _check_weights(self, request: ApiRequest, function: str, version: str) -> None:
        """Refuse weights between versions: invalid ones with AWS's error, valid ones because they are not emulated."""
        weights: Mapping[str, float] = request.parameters.get(ROUTING, {}).get(WEIGHTS, {})
        if not weights:
            return
        if len(weights) > 1:
            raise invalid(f"Number of items in {WEIGHTS} cannot be greater than 1")
        if version == LATEST:
            raise invalid(f"{LATEST} is not supported for an alias pointing to more than 1 version")
        if version in weights:
            repeated = f"Function version {version} is already included in routing configuration."
            raise invalid(f"Invalid function version {version}. {repeated}")
        for other in weights:
            self.directory.find(function, other)
        raise not_built(f"{request.operation} with {ROUTING}: an alias has one version here; it")

    def _put(self, alias: Alias) -> ApiResponse:
        self.directory.versions.aliases.put(alias.key, alias)
        return ApiResponse(self._describe(alias))

    def _describe(self, alias: Alias) -> dict[str, Any]:
        return alias.describe(self.directory.arns, self.directory.versions.aliases.revision(alias.key))
