"""Lambda's API in front of serverless-offline, which has none but Invoke: each function runs in one of its own.

So the cases of the conformance suite, which make functions and mappings with boto3, can be run on it.
"""

import io
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facepipe.bench.peers.made_by_api import service_client
from facepipe.bench.peers.ministack_peer import wait_for_port
from facepipe.bench.peers.serverless_files import SERVICE, STAGE, aws_variables
from facepipe.bench.peers.serverless_peer import ServerlessPeer
from facepipe.conformance.asked_steps import NotAskedError

DEFAULT_TIMEOUT_S = 3
NAME = "function"


@dataclass
class ServedFunction:
    """One function, and the serverless-offline that runs it once something needs it."""

    folder: Path
    settings: dict[str, Any]
    ports: list[int] = field(default_factory=list)
    running: ExitStack = field(default_factory=ExitStack)


@dataclass
class ServerlessLambda:
    """The operations that the cases need; boto3's names and parameters."""

    peer: ServerlessPeer
    endpoint: str  #: of SQS
    folder: Path
    functions: dict[str, ServedFunction] = field(default_factory=dict)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Refuse every other operation."""
        if operation.startswith("_"):
            raise AttributeError(operation)

        def refused(**_: Any) -> None:
            raise NotAskedError(f"serverless-offline has no API for {operation}")

        return refused

    def create_function(self, **request: Any) -> dict[str, Any]:
        """Unpack a function's code."""
        folder = self.folder / request["FunctionName"]
        with zipfile.ZipFile(io.BytesIO(request["Code"]["ZipFile"])) as archive:
            archive.extractall(folder)
        variables = {**request.get("Environment", {}).get("Variables", {}), **aws_variables(self.endpoint)}
        settings = {
            "handler": request["Handler"],
            "timeout": request.get("Timeout", DEFAULT_TIMEOUT_S),
            "environment": variables,
            "events": [],
        }
        self.functions[request["FunctionName"]] = ServedFunction(folder, settings)
        return {}

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        """Say that a function can be used."""
        return {"State": "Active"}

    def create_function_url_config(self, **request: Any) -> dict[str, Any]:
        """Give a function an HTTP API for all paths, and run it."""
        function = self.functions[request["FunctionName"]]
        function.settings["events"].append({"httpApi": "*"})
        return {"FunctionUrl": f"http://127.0.0.1:{self._ports(function)[0]}/"}

    def add_permission(self, **_: Any) -> dict[str, Any]:
        """Do nothing: everybody may call a function."""
        return {}

    def create_event_source_mapping(self, **request: Any) -> dict[str, Any]:
        """Give a function a trigger, and run it."""
        function = self.functions[request["FunctionName"]]
        trigger = {"arn": request["EventSourceArn"], "batchSize": request.get("BatchSize", 10)}
        if window := request.get("MaximumBatchingWindowInSeconds"):
            trigger["maximumBatchingWindow"] = window
        if reports := request.get("FunctionResponseTypes"):
            trigger["functionResponseType"] = reports[0]
        function.settings["events"].append({"sqs": trigger})
        self._ports(function)
        return {"UUID": request["FunctionName"]}

    def invoke(self, **request: Any) -> dict[str, Any]:
        """Call a function through the port that serverless-offline has for Lambda."""
        function = self.functions[request["FunctionName"]]
        client = service_client("lambda", f"http://127.0.0.1:{self._ports(function)[2]}")
        answer: dict[str, Any] = client.invoke(**{**request, "FunctionName": f"{SERVICE}-{STAGE}-{NAME}"})
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

    def _ports(self, function: ServedFunction) -> list[int]:
        """Return the ports of a function, which is run if it is not yet."""
        if not function.ports:
            serving = self.peer.serving(function.folder, {NAME: function.settings}, self.endpoint)
            function.ports, process = function.running.enter_context(serving)
            wait_for_port(function.ports[2], process)
        return function.ports
