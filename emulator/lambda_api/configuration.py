"""Changes of functions through the API: their configuration, and how many executions are reserved for them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from aiohttp import web

from emulator.aws.identifiers import API_VERSION
from emulator.lambda_api.errors import not_built, refusal
from emulator.lambda_api.functions import configuration
from emulator.lambda_api.names import Directory
from emulator.lambda_api.requests import body_of, check_query, name_in
from emulator.properties import TemplateError
from emulator.resources import Function


class Running(Protocol):
    """What runs the functions."""

    def reconfigure(self, function: Function, *, renew: bool) -> None:
        """Take a changed function in the place of the one of its name; `renew`: in new environments."""
        ...


class Sources(Protocol):
    """The event source mappings, which know their function's timeout."""

    def refresh(self, function: str) -> None:
        """Have a function's mappings begin anew."""
        ...


@dataclass(frozen=True, slots=True)
class FunctionChanges:
    """Makes the changes; `functions` are those of the directory."""

    functions: dict[str, Function]
    directory: Directory
    running: Running
    sources: Sources
    fixed: Collection[str] = field(default=())  #: properties that only a new start can change

    def add_to(self, app: web.Application) -> None:
        """Add the operations' routes."""
        add = app.router.add_route
        add("PUT", f"/{API_VERSION}/functions/{{name}}/configuration", self.put_configuration)
        add("PUT", "/2017-10-31/functions/{name}/concurrency", self.put_concurrency)
        add("DELETE", "/2017-10-31/functions/{name}/concurrency", self.delete_concurrency)
        add("GET", "/2019-09-30/functions/{name}/concurrency", self.get_concurrency)

    async def put_configuration(self, request: web.Request) -> web.Response:
        """`UpdateFunctionConfiguration`: calls in flight end as they began, the next ones get new environments."""
        check_query(request, "UpdateFunctionConfiguration")
        function = self.directory.find(name_in(request))
        changed = reconfigured(function, await body_of(request), self.fixed)
        self._replace(changed, renew=changed != function)
        return web.json_response(configuration(changed, self.directory))

    async def put_concurrency(self, request: web.Request) -> web.Response:
        """`PutFunctionConcurrency`; takes effect with the next call."""
        function = self.directory.find(name_in(request))
        changed = reserved(function, await body_of(request))
        self._replace(changed, renew=False)
        return web.json_response(changed.describe_concurrency())

    async def get_concurrency(self, request: web.Request) -> web.Response:
        """`GetFunctionConcurrency`."""
        return web.json_response(self.directory.find(name_in(request)).describe_concurrency())

    async def delete_concurrency(self, request: web.Request) -> web.Response:
        """`DeleteFunctionConcurrency`."""
        self._replace(replace(self.directory.find(name_in(request)), reserved_concurrency=None), renew=False)
        return web.Response(status=204)

    def _replace(self, function: Function, *, renew: bool) -> None:
        self.functions[function.name] = function
        self.running.reconfigure(function, renew=renew)
        if renew:
            self.sources.refresh(function.name)


def reserved(function: Function, request: Mapping[str, Any]) -> Function:
    """Return the function as PutFunctionConcurrency wants it."""
    try:
        return function.with_reservation(request)
    except TemplateError as error:
        raise refusal(error, "PutFunctionConcurrency") from error


def reconfigured(function: Function, request: Mapping[str, Any], fixed: Collection[str] = ()) -> Function:
    """Return the function as a request wants it, within the template's limits; `ApiError` names what is not built."""
    if unchangeable := sorted(set(request) & set(fixed)):
        raise not_built(f"UpdateFunctionConfiguration with {unchangeable[0]}, which its containers were made with,")
    try:
        return function.reconfigured(request)
    except TemplateError as error:
        raise refusal(error, "UpdateFunctionConfiguration") from error
