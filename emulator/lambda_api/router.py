"""Finds the operation that an HTTP request asks for, by the service model's routes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, ServiceModel

from emulator.lambda_api.requests import HttpRequest

_LABEL = re.compile(r"\\\{(\w+)(\\\+)?\\\}")  #: {Name} or {Name+} in an escaped path


@dataclass(frozen=True, slots=True)
class RoutedOperation:
    """An operation, and the parameters in the request's path."""

    operation: OperationModel
    labels: Mapping[str, str]  #: decoded


@dataclass(frozen=True, slots=True)
class _Route:
    operation: OperationModel
    path: re.Pattern[str]
    query: tuple[tuple[str, str], ...]  #: query parameters that distinguish operations with the same path

    def match(self, request: HttpRequest) -> RoutedOperation | None:
        found = self.path.fullmatch(request.path)
        if found is None or any(value not in request.query.get(name, ()) for name, value in self.query):
            return None
        return RoutedOperation(self.operation, {name: unquote(text) for name, text in found.groupdict().items()})


class Router:
    """Finds operations; a trailing slash in the path makes no difference (LA-01)."""

    def __init__(self, model: ServiceModel) -> None:
        routes = [_route(model.operation_model(name)) for name in model.operation_names]
        # Fixed segments are tried before labels, and paths with query parameters before the same paths without.
        routes.sort(key=lambda route: (-len(route.query), route.path.groups))
        self._routes: dict[str, list[_Route]] = {}
        for route in routes:
            self._routes.setdefault(route.operation.http["method"], []).append(route)

    def find(self, request: HttpRequest) -> RoutedOperation | None:
        """Return the operation of a request; None if Lambda has no such operation."""
        matches = (route.match(request) for route in self._routes.get(request.method, ()))
        return next((match for match in matches if match), None)


def _route(operation: OperationModel) -> _Route:
    path, _, query = operation.http["requestUri"].partition("?")
    pattern = _LABEL.sub(_label, re.escape(path.rstrip("/")))
    return _Route(operation, re.compile(f"{pattern}/?"), tuple(parse_qsl(query, keep_blank_values=True)))


def _label(found: re.Match[str]) -> str:
    """Return the pattern for a label: one path segment, or several for `{Name+}`."""
    return f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})"
