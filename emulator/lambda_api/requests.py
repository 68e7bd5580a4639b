"""Requests and responses of the API: as HTTP messages, and as operations see them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request as received."""

    method: str
    path: str  #: still percent-encoded
    query: Mapping[str, Sequence[str]]  #: decoded
    headers: Mapping[str, str]  #: case-insensitive
    body: bytes
    target: str = ""  #: path and query as sent, which a signature is about
    ends: tuple[tuple[str, int], tuple[str, int]] | None = None  #: the caller's address and port, and ours


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request for an operation. Its parameters have the service model's names and types and are validated."""

    operation: str
    parameters: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)  #: the HTTP request's

    @property
    def function_name(self) -> str:
        """Return the function's name or ARN from the request, for `Directory.find`."""
        return str(self.parameters["FunctionName"])

    @property
    def qualifier(self) -> str:
        """Return the requested version or alias; empty if there is none."""
        return self.text("Qualifier")

    def text(self, name: str) -> str:
        """Return a string parameter; empty if it is not in the request."""
        return str(self.parameters.get(name, ""))

    def without(self, names: Collection[str]) -> dict[str, Any]:
        """Return the parameters except those with these names."""
        return {name: value for name, value in self.parameters.items() if name not in names}


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """An operation's result: members of the service model's output shape, by name."""

    members: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""  #: the invocation's request id; empty: a new id for the API request
