"""What becomes of a function's asynchronous invocations, through the API: the four calls and their list (RT-08)."""

import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from emulator.aws.identifiers import LATEST
from emulator.lambda_api.errors import not_found, refusal
from emulator.lambda_api.names import Directory
from emulator.lambda_api.requests import body_of, check_query, name_in
from emulator.properties import Properties, TemplateError
from emulator.resources import EventInvokeConfig, Queue
from emulator.template.lambda_types import read_event_invoke

PATH = "/2019-09-25/functions/{name}/event-invoke-config"


class EventInvokeApi:
    """Changes the configurations that asynchronous invocations read; takes effect with the next event."""

    def __init__(
        self, configs: dict[str, EventInvokeConfig], directory: Directory, queues: Mapping[str, Queue]
    ) -> None:
        self._configs = configs
        self._directory = directory
        self._queues = {directory.queue_arn(name): queue for name, queue in queues.items()}
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
        return self._set(self._name(request), await body_of(request))

    async def update(self, request: web.Request) -> web.Response:
        """`UpdateFunctionEventInvokeConfig`: what the request does not name stays."""
        name, wanted = self._name(request), await body_of(request)
        described = self._describe(name)
        kept = {key: described[key] for key in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds")}
        destinations = {key: value for key, value in described["DestinationConfig"].items() if value}
        return self._set(name, {**kept, "DestinationConfig": destinations, **wanted})

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

    def _set(self, name: str, wanted: Mapping[str, Any]) -> web.Response:
        values = {**wanted, "FunctionName": name, "Qualifier": LATEST}
        try:
            config = read_event_invoke(Properties.of_request(values), self._queues, self._directory.functions)
        except TemplateError as error:
            raise refusal(error, "PutFunctionEventInvokeConfig") from error
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
