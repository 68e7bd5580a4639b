"""The API's operations on EventInvokeConfigs: put, update, get, delete, list (RT-08)."""

from collections.abc import Mapping
from typing import Any

from emulator.aws.arns import read_queue
from emulator.aws.identifiers import LATEST, version_key
from emulator.lambda_api.api_errors import INVALID, ApiError, invalid, not_found, refusal
from emulator.lambda_api.functions import page
from emulator.lambda_api.names import Directory, NamedFunction
from emulator.lambda_api.operations import operation
from emulator.lambda_api.queue_lookup import look_up
from emulator.lambda_api.requests import ApiRequest, ApiResponse
from emulator.properties import Properties, TemplateError
from emulator.queues import DescribedQueues
from emulator.resources import EventInvokeConfig
from emulator.resources.event_invoke import CHANGEABLE, DESTINATIONS, QUALIFIER, TARGET, invalid_destination
from emulator.resources.function import FUNCTION_NAME
from emulator.stack.live import LiveResources


class EventInvokeApi:
    """Describes and changes the configurations of asynchronous invocations; changes apply to the next event."""

    def __init__(
        self, configs: LiveResources[EventInvokeConfig], directory: Directory, server: DescribedQueues
    ) -> None:
        self._configs = configs
        self._directory = directory
        self._server = server

    @operation(QUALIFIER, *CHANGEABLE)
    async def put_function_event_invoke_config(self, request: ApiRequest) -> ApiResponse:
        """Set the whole configuration; Lambda's defaults apply to members not in the request."""
        if not any(name in request.parameters for name in CHANGEABLE):
            raise invalid("You must specify at least one of error handling or destination setting.")
        return await self._set(request, request.without(TARGET))

    @operation(QUALIFIER, *CHANGEABLE)
    async def update_function_event_invoke_config(self, request: ApiRequest) -> ApiResponse:
        """Change a configuration; members not in the request stay."""
        self._target(request)
        config = self._config(request)
        values = config.changed_properties(request.without(TARGET))
        return await self._set(request, values)

    @operation(QUALIFIER)
    async def get_function_event_invoke_config(self, request: ApiRequest) -> ApiResponse:
        """Describe a configuration."""
        return ApiResponse(self._described(self._config(request)))

    @operation(QUALIFIER)
    async def delete_function_event_invoke_config(self, request: ApiRequest) -> ApiResponse:
        """Delete a configuration; Lambda's defaults apply again."""
        self._configs.remove(self._config(request).key)
        return ApiResponse()

    @operation("Marker", "MaxItems")
    async def list_function_event_invoke_configs(self, request: ApiRequest) -> ApiResponse:
        """List the configurations of a function, its versions and aliases."""
        name = self._target(request).name
        found = [self._described(config) for config in self._configs.values() if config.function == name]
        return ApiResponse(page("FunctionEventInvokeConfigs", found, request))

    def _target(self, request: ApiRequest) -> NamedFunction:
        """Return the function, version or alias that the request names. Errors have these operations' own messages."""
        try:
            return self._directory.target(request.function_name, request.qualifier)
        except ApiError as error:
            if error.status != 404 or not error.message.startswith("Function not found"):
                raise
            raise not_found("The function doesn't exist.") from error

    async def _set(self, request: ApiRequest, wanted: Mapping[str, Any]) -> ApiResponse:
        target = self._target(request)
        values = {**wanted, FUNCTION_NAME: target.name, QUALIFIER: target.qualifier or LATEST}
        try:
            properties = Properties.from_request(values)
            config = EventInvokeConfig.read(properties, self._directory.known_queues(), self._directory.functions)
        except TemplateError as error:
            raise refusal(error, request.operation) from error
        if DESTINATIONS in request.parameters:
            await self._check_destinations(config)
        self._configs.put(config.key, config)
        return ApiResponse(self._described(config))

    async def _check_destinations(self, config: EventInvokeConfig) -> None:
        """Refuse destinations that do not exist, like Lambda."""
        for arn in filter(None, (config.on_success, config.on_failure)):
            queue = read_queue(arn)
            exists = await look_up(self._server, queue.name) if queue else self._is_function(arn)
            if not exists:
                raise ApiError(400, INVALID, invalid_destination(arn), why=f"{arn} does not exist; create it first")

    def _is_function(self, arn: str) -> bool:
        try:
            self._directory.find(arn)
        except ApiError:
            return False
        return True

    def _config(self, request: ApiRequest) -> EventInvokeConfig:
        """Return the configuration. For a function that does not exist, Lambda answers that it has none."""
        named = self._directory.reference(request.function_name, request.qualifier)
        config = self._configs.get(version_key(named.name, named.qualifier))
        if config is None:
            arn = self._directory.arns.function(named.name, named.qualifier or LATEST)
            raise not_found(f"The function {arn} doesn't have an EventInvokeConfig")
        return config

    def _described(self, config: EventInvokeConfig) -> dict[str, Any]:
        return config.describe(self._directory.arns, self._configs.modified(config.key))
