"""Which operation of Lambda an HTTP request asks for, by the routes of the service model."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, ServiceModel

from emulator.lambda_api.requests import HttpRequest

_LABEL = re.compile(r"\\\{(\w+)(\\\+)?\\\}")  #: {Name} or {Name+} in an escaped path


@dataclass(frozen=True, slots=True)
class RoutedOperation:
    """The operation that a request asks for, and the parameters in its path."""

    operation: OperationModel
    labels: Mapping[str, str]  #: decoded


@dataclass(frozen=True, slots=True)
class _Route:
    operation: OperationModel
    path: re.Pattern[str]
    query: tuple[tuple[str, str], ...]  #: what the query must have, where this tells operations of one path apart

    def match(self, request: HttpRequest) -> RoutedOperation | None:
        found = self.path.fullmatch(request.path)
        if found is None or any(value not in request.query.get(name, ()) for name, value in self.query):
            return None
        return RoutedOperation(self.operation, {name: unquote(text) for name, text in found.groupdict().items()})


class Router:
    """Finds operations; a path is the same with and without a slash at its end (LA-01)."""

    def __init__(self, model: ServiceModel) -> None:
        routes = [_route(model.operation_model(name)) for name in model.operation_names]
        # What is fixed comes before what is a label, and a path with a query before the same path without one.
        routes.sort(key=lambda route: (-len(route.query), route.path.groups))
        self._routes: dict[str, list[_Route]] = {}
        for route in routes:
            self._routes.setdefault(route.operation.http["method"], []).append(route)

    def find(self, request: HttpRequest) -> RoutedOperation | None:
        """Return what a request asks for; None when it is no operation of Lambda."""
        matches = (route.match(request) for route in self._routes.get(request.method, ()))
        return next((match for match in matches if match), None)


def _route(operation: OperationModel) -> _Route:
    path, _, query = operation.http["requestUri"].partition("?")
    pattern = _LABEL.sub(_label, re.escape(path.rstrip("/")))
    return _Route(operation, re.compile(f"{pattern}/?"), tuple(parse_qsl(query, keep_blank_values=True)))


def _label(found: re.Match[str]) -> str:
    """Return the pattern of a label: one segment of the path, or several for `{Name+}`."""
    return f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})"
