"""Lambda's API in front of a program that has none but Invoke: each function runs in a process of its own.

So the cases of the conformance suite, which make functions and mappings with boto3, can be run on it.
"""

import io
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facepipe.bench.peers.made_by_api import service_client
from facepipe.conformance.asked_steps import NotAskedError

DEFAULT_TIMEOUT_S = 3


@dataclass(frozen=True, slots=True)
class FunctionEnds:
    """Where a function can be called."""

    url: str  #: of its HTTP API
    api: str = ""  #: of Lambda's Invoke
    name: str = ""  #: the function's name there


@dataclass
class ServedFunction:
    """One function, and where it runs once something needs it."""

    folder: Path  #: with its code
    handler: str
    timeout_s: int
    variables: dict[str, object]
    has_url: bool = False
    mapping: dict[str, Any] = field(default_factory=dict)  #: the request of CreateEventSourceMapping
    ends: FunctionEnds | None = None
    running: ExitStack = field(default_factory=ExitStack)


@dataclass
class ServedLambda(ABC):
    """The operations that the cases need; boto3's names and parameters."""

    program: str
    folder: Path
    functions: dict[str, ServedFunction] = field(default_factory=dict)

    @abstractmethod
    def serving(self, function: ServedFunction) -> AbstractContextManager[FunctionEnds]:
        """Run a function while the block lasts."""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Refuse every other operation."""
        if operation.startswith("_"):
            raise AttributeError(operation)

        def refused(**_: Any) -> None:
            raise NotAskedError(f"{self.program} has no API for {operation}")

        return refused

    def create_function(self, **request: Any) -> dict[str, Any]:
        """Unpack a function's code."""
        folder = self.folder / request["FunctionName"]
        with zipfile.ZipFile(io.BytesIO(request["Code"]["ZipFile"])) as archive:
            archive.extractall(folder)
        self.functions[request["FunctionName"]] = ServedFunction(
            folder,
            request["Handler"],
            request.get("Timeout", DEFAULT_TIMEOUT_S),
            dict(request.get("Environment", {}).get("Variables", {})),
        )
        return {}

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        """Say that a function can be used."""
        return {"State": "Active"}

    def create_function_url_config(self, **request: Any) -> dict[str, Any]:
        """Give a function an HTTP API for all paths, and run it."""
        function = self.functions[request["FunctionName"]]
        function.has_url = True
        return {"FunctionUrl": self._ends(function).url}

    def add_permission(self, **_: Any) -> dict[str, Any]:
        """Do nothing: everybody may call a function."""
        return {}

    def create_event_source_mapping(self, **request: Any) -> dict[str, Any]:
        """Give a function a trigger, and run it."""
        function = self.functions[request["FunctionName"]]
        function.mapping = request
        self._ends(function)
        return {"UUID": request["FunctionName"]}

    def invoke(self, **request: Any) -> dict[str, Any]:
        """Call a function through the port that the program has for Lambda."""
        ends = self._ends(self.functions[request["FunctionName"]])
        answer: dict[str, Any] = service_client("lambda", ends.api).invoke(**{**request, "FunctionName": ends.name})
        return answer

    def list_event_source_mappings(self, **_: Any) -> dict[str, Any]:
        """Return none: they end with their functions."""
        return {"EventSourceMappings": []}

    def delete_function(self, **request: Any) -> dict[str, Any]:
        """End a function."""
        if function := self.functions.pop(request["FunctionName"], None):
            function.running.close()
        return {}

    def end(self) -> None:
        """End all functions."""
        for name in list(self.functions):
            self.delete_function(FunctionName=name)

    def _ends(self, function: ServedFunction) -> FunctionEnds:
        """Return where a function can be called; it is run if it is not yet."""
        if not function.ends:
            function.ends = function.running.enter_context(self.serving(function))
        return function.ends
