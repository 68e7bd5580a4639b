"""What becomes of a function's asynchronous invocations, through the API: the four calls and their list (RT-08)."""

import time
from collections.abc import Mapping
from typing import Any

from emulator.lambda_api.errors import INVALID, ApiError, not_found, refusal
from emulator.lambda_api.functions import page
from emulator.lambda_api.names import LATEST, Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.queue_lookup import look_up
from emulator.lambda_api.requests import Answer, Request
from emulator.queues import Queues
from emulator.resources import EventInvokeConfig
from emulator.template import TemplateError
from emulator.template.event_types import read_event_invoke

SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
TARGET = ("FunctionName", "Qualifier")


class EventInvokeApi:
    """Changes the configurations that asynchronous invocations read; takes effect with the next event."""

    def __init__(self, configs: dict[str, EventInvokeConfig], directory: Directory, server: Queues) -> None:
        self._configs = configs
        self._directory = directory
        self._server = server
        self._modified: dict[str, float] = dict.fromkeys(configs, time.time())

    @operation("Qualifier", *SETTINGS)
    async def put_function_event_invoke_config(self, request: Request) -> Answer:
        """Set all: what the request does not name is Lambda's default."""
        return await self._set(request, request.without(TARGET))

    @operation("Qualifier", *SETTINGS)
    async def update_function_event_invoke_config(self, request: Request) -> Answer:
        """Set some: what the request does not name stays."""
        described = self._describe(self._name(request))
        kept = {key: described[key] for key in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds")}
        destinations = {key: value for key, value in described["DestinationConfig"].items() if value}
        values = {**kept, "DestinationConfig": destinations, **request.without(TARGET)}
        return await self._set(request, values)

    @operation("Qualifier")
    async def get_function_event_invoke_config(self, request: Request) -> Answer:
        """Describe what was set."""
        return Answer(self._describe(self._name(request)))

    @operation("Qualifier")
    async def delete_function_event_invoke_config(self, request: Request) -> Answer:
        """Forget what was set: Lambda's defaults hold again."""
        name = self._name(request)
        self._describe(name)
        del self._configs[name]
        return Answer()

    @operation("Marker", "MaxItems")
    async def list_function_event_invoke_configs(self, request: Request) -> Answer:
        """Describe what was set: there is one configuration at most, that of $LATEST."""
        name = self._name(request)
        found = [self._describe(name)] if name in self._configs else []
        return Answer(page("FunctionEventInvokeConfigs", found, request))

    def _name(self, request: Request) -> str:
        return self._directory.find(request.function_name, request.qualifier).name

    async def _set(self, request: Request, wanted: Mapping[str, Any]) -> Answer:
        name = self._name(request)
        values = {**wanted, "FunctionName": name, "Qualifier": LATEST}
        try:
            config = read_event_invoke(values, "", self._directory.known_queues(), self._directory.functions)
        except TemplateError as error:
            raise refusal(error, request.operation) from error
        if "DestinationConfig" in request.parameters:
            await self._check_queues(config.on_success, config.on_failure)
        self._configs[name], self._modified[name] = config, time.time()
        return Answer(self._describe(name))

    async def _check_queues(self, *names: str) -> None:
        """Refuse destinations that do not exist, as Lambda does."""
        for name in filter(None, names):
            if await look_up(self._server, name) is None:
                words = f"The destination ARN {self._directory.queue_arn(name)} is invalid."
                raise ApiError(400, INVALID, words, why=f"there is no queue {name}; create it first")

    def _describe(self, name: str) -> dict[str, Any]:
        config = self._configs.get(name)
        if config is None:
            raise not_found(f"The function {self._directory.arn(name)}:{LATEST} doesn't have an EventInvokeConfig")
        ends = (("OnSuccess", config.on_success), ("OnFailure", config.on_failure))
        return {
            "FunctionArn": f"{self._directory.arn(name)}:{LATEST}",
            "LastModified": self._modified[name],
            "MaximumRetryAttempts": config.maximum_retries,
            "MaximumEventAgeInSeconds": config.maximum_age_s,
            "DestinationConfig": {
                key: {"Destination": self._directory.queue_arn(queue)} if queue else {} for key, queue in ends
            },
        }
