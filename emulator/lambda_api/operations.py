"""Calls the method that serves an operation of Lambda's API, and refuses all other operations by name."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore import xform_name
from botocore.model import OperationModel, ServiceModel

from emulator.lambda_api.answers import write
from emulator.lambda_api.api_errors import ApiError, not_built
from emulator.lambda_api.code_changes import CodeChanges
from emulator.lambda_api.request_parameters import read_parameters
from emulator.lambda_api.requests import ApiRequest, ApiResponse, HttpRequest, Reply
from emulator.lambda_api.router import Router
from emulator.lambda_api.validation import check

Method = Callable[[ApiRequest], Awaitable[ApiResponse]]
MethodT = TypeVar("MethodT", bound=Callable[..., Awaitable[ApiResponse]])

_MARK = "optional_parameters"


def operation(*optional: str) -> Callable[[MethodT], MethodT]:
    """Mark a method as an operation; its name is the operation's in snake case.

    `optional` names the parameters that it uses besides the required ones. Requests with other parameters are refused,
    because those would be ignored.
    """

    def mark(method: MethodT) -> MethodT:
        vars(method)[_MARK] = frozenset(optional)
        return method

    return mark


@dataclass(frozen=True, slots=True)
class Built:
    """The method that serves an operation, and the optional parameters that it uses."""

    method: Method
    optional: frozenset[str]


class Operations:
    """Serves the operations of the service model; `parts` are the objects with the marked methods."""

    def __init__(self, parts: Iterable[object], model: ServiceModel, code_changes: CodeChanges | None = None) -> None:
        self._code_changes = code_changes  #: None: everybody may change what functions run
        self._router = Router(model)
        parts = list(parts)
        found = {name: _method(parts, xform_name(name)) for name in model.operation_names}
        self.built = {name: built for name, built in found.items() if built}  #: by the name of the operation

    def find(self, http: HttpRequest) -> OperationModel | None:
        """Return the operation that a request asks for, served or not; None if Lambda has no such operation."""
        match = self._router.find(http)
        return match.operation if match else None

    async def answer(self, http: HttpRequest) -> Reply | None:
        """Serve a request. None if it asks for no operation of Lambda; `ApiError` if it is refused."""
        match = self._router.find(http)
        if match is None:
            return None
        model = match.operation
        built = self.built.get(model.name)
        if built is None:
            raise not_built(model.name)
        parameters = read_parameters(model, match.labels, http)
        _refuse_unknown(model, built, parameters)
        check(model.input_shape, parameters)
        if self._code_changes and (why := await self._code_changes.refusal(model.name, parameters, http)):
            raise ApiError(403, "AccessDeniedException", why)
        return write(model, await built.method(ApiRequest(model.name, parameters, http.headers)))


def _method(parts: Iterable[object], name: str) -> Built | None:
    for part in parts:
        method = getattr(part, name, None)
        optional = getattr(method, _MARK, None)
        if method is not None and optional is not None:
            return Built(method, optional)
    return None


def _refuse_unknown(model: Any, built: Built, parameters: Mapping[str, Any]) -> None:
    required = model.input_shape.required_members if model.input_shape else ()
    unknown = sorted(set(parameters) - built.optional - set(required))
    if unknown:
        raise not_built(f"{model.name} with {unknown[0]}")
