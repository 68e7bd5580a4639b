"""What operations take and return, and the HTTP messages that carry it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it arrives."""

    method: str
    path: str  #: with its percent-escapes
    query: Mapping[str, Sequence[str]]  #: decoded
    headers: Mapping[str, str]  #: found in any spelling
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A call of an operation: its parameters have the names and types of the service model, and keep its rules."""

    operation: str
    parameters: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)  #: of the HTTP request, for what the model leaves out

    @property
    def function_name(self) -> str:
        """Return the function as the caller names it; `Directory.find` knows which one that is."""
        return str(self.parameters["FunctionName"])

    @property
    def qualifier(self) -> str:
        """Return the version or alias that is asked for; empty: none."""
        return self.text("Qualifier")

    def text(self, name: str) -> str:
        """Return a text, empty when it was not sent."""
        return str(self.parameters.get(name, ""))

    def without(self, names: Collection[str]) -> dict[str, Any]:
        """Return the parameters but those named."""
        return {name: value for name, value in self.parameters.items() if name not in names}


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """What an operation returns: members of the service model's output, by name."""

    members: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""  #: of the invocation that was made; empty: the API's own
