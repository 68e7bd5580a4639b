"""What becomes of a function's asynchronous invocations, through the API: the four calls and their list (RT-08)."""

import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from emulator.lambda_api.errors import INVALID, ApiError, not_found, refusal
from emulator.lambda_api.names import LATEST, Directory
from emulator.lambda_api.queue_lookup import look_up
from emulator.lambda_api.requests import body_of, check_query, name_in
from emulator.queues import Queues
from emulator.resources import EventInvokeConfig
from emulator.template import TemplateError
from emulator.template.event_types import read_event_invoke

PATH = "/2019-09-25/functions/{name}/event-invoke-config"


class EventInvokeApi:
    """Changes the configurations that asynchronous invocations read; takes effect with the next event."""

    def __init__(self, configs: dict[str, EventInvokeConfig], directory: Directory, server: Queues) -> None:
        self._configs = configs
        self._directory = directory
        self._server = server
        self._modified: dict[str, float] = dict.fromkeys(configs, time.time())

    def add_to(self, app: web.Application) -> None:
        """Add the operations' routes."""
        add = app.router.add_route
        add("GET", f"{PATH}/list", self.list)
        add("GET", PATH, self.get)
        add("PUT", PATH, self.put)
        add("POST", PATH, self.update)
        add("DELETE", PATH, self.delete)

    async def put(self, request: web.Request) -> web.Response:
        """`PutFunctionEventInvokeConfig`: what the request does not name is Lambda's default."""
        name, wanted = self._name(request), await body_of(request)
        config = self._read(name, wanted, "PutFunctionEventInvokeConfig")
        await self._check_queues(config.on_success, config.on_failure)
        return self._set(name, config)

    async def update(self, request: web.Request) -> web.Response:
        """`UpdateFunctionEventInvokeConfig`: what the request does not name stays."""
        name, wanted = self._name(request), await body_of(request)
        described = self._describe(name)
        kept = {key: described[key] for key in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds")}
        destinations = {key: value for key, value in described["DestinationConfig"].items() if value}
        values = {**kept, "DestinationConfig": destinations, **wanted}
        config = self._read(name, values, "UpdateFunctionEventInvokeConfig")
        if "DestinationConfig" in wanted:
            await self._check_queues(config.on_success, config.on_failure)
        return self._set(name, config)

    async def get(self, request: web.Request) -> web.Response:
        """`GetFunctionEventInvokeConfig`."""
        return web.json_response(self._describe(self._name(request)))

    async def delete(self, request: web.Request) -> web.Response:
        """`DeleteFunctionEventInvokeConfig`: Lambda's defaults hold again."""
        name = self._name(request)
        self._describe(name)
        del self._configs[name]
        return web.Response(status=204)

    async def list(self, request: web.Request) -> web.Response:
        """`ListFunctionEventInvokeConfigs`: there is one at most, that of $LATEST."""
        check_query(request, "ListFunctionEventInvokeConfigs", "Marker", "MaxItems")
        name = self._directory.find(name_in(request)).name
        found = [self._describe(name)] if name in self._configs else []
        return web.json_response({"FunctionEventInvokeConfigs": found})

    def _name(self, request: web.Request) -> str:
        check_query(request, "EventInvokeConfig", "Qualifier")
        return self._directory.find(name_in(request), request.query.get("Qualifier", "")).name

    def _read(self, name: str, wanted: Mapping[str, Any], operation: str) -> EventInvokeConfig:
        values = {**wanted, "FunctionName": name, "Qualifier": LATEST}
        try:
            return read_event_invoke(values, "", self._directory.known_queues(), self._directory.functions)
        except TemplateError as error:
            raise refusal(error, operation) from error

    async def _check_queues(self, *names: str) -> None:
        """Refuse destinations that do not exist, as Lambda does."""
        for name in filter(None, names):
            if await look_up(self._server, name) is None:
                words = f"The destination ARN {self._directory.queue_arn(name)} is invalid."
                raise ApiError(400, INVALID, words, why=f"there is no queue {name}; create it first")

    def _set(self, name: str, config: EventInvokeConfig) -> web.Response:
        self._configs[name], self._modified[name] = config, time.time()
        return web.json_response(self._describe(name))

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
