"""The operations that are built, each a method named for its operation, and the refusal of all others by name."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore import xform_name
from botocore.model import OperationModel, ServiceModel

from emulator.lambda_api.answers import write
from emulator.lambda_api.api_errors import not_built
from emulator.lambda_api.request_parameters import read_parameters
from emulator.lambda_api.requests import ApiRequest, ApiResponse, HttpRequest, Reply
from emulator.lambda_api.router import Router
from emulator.lambda_api.validation import check

Method = Callable[[ApiRequest], Awaitable[ApiResponse]]
MethodT = TypeVar("MethodT", bound=Callable[..., Awaitable[ApiResponse]])

_MARK = "optional_parameters"


def operation(*optional: str) -> Callable[[MethodT], MethodT]:
    """Mark a method as the operation that it is named for, in snake case.

    `optional` are the parameters that it acts on besides the required ones. Others are refused by name: they would be
    ignored.
    """

    def mark(method: MethodT) -> MethodT:
        vars(method)[_MARK] = frozenset(optional)
        return method

    return mark


@dataclass(frozen=True, slots=True)
class Built:
    """An operation that is served, and the optional parameters that it acts on."""

    method: Method
    optional: frozenset[str]


class Operations:
    """Answers the requests that the service model has; `parts` are the objects with the operations' methods."""

    def __init__(self, parts: Iterable[object], model: ServiceModel) -> None:
        self._router = Router(model)
        parts = list(parts)
        found = {name: _method(parts, xform_name(name)) for name in model.operation_names}
        self.built = {name: built for name, built in found.items() if built}  #: by the operation's name

    def find(self, http: HttpRequest) -> OperationModel | None:
        """Return the operation that a request means, built or not; None when it is none of Lambda's."""
        match = self._router.find(http)
        return match.operation if match else None

    async def answer(self, http: HttpRequest) -> Reply | None:
        """Return the answer to a request, None when it is no operation of Lambda; `ApiError` when it is refused."""
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
