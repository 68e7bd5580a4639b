"""Functions through the API: get, list, change, and how many executions are reserved for them.

What the emulator does not know of a function (Role, CodeSha256) is absent from the answers, not invented.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from emulator.lambda_api.configuration import FunctionChanges, reconfigured
from emulator.lambda_api.errors import invalid
from emulator.lambda_api.names import LATEST, Directory
from emulator.lambda_api.operations import operation
from emulator.lambda_api.requests import Answer, Request
from emulator.resources import Function

PAGE = 50  #: the most items that one answer has


def configuration(function: Function, directory: Directory) -> dict[str, Any]:
    """Return a FunctionConfiguration."""
    described: dict[str, Any] = {
        "FunctionName": function.name,
        "FunctionArn": directory.arn(function.name),
        "Version": LATEST,
        "PackageType": "Image",
        "Timeout": function.timeout_s,
        "MemorySize": function.memory_mb,
        "EphemeralStorage": {"Size": function.ephemeral_storage_mb},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "LoggingConfig": _logging(function),
    }
    if function.environment:
        described["Environment"] = {"Variables": dict(function.environment)}
    if function.command:
        described["ImageConfigResponse"] = {"ImageConfig": {"Command": list(function.command)}}
    return described


def _logging(function: Function) -> dict[str, str]:
    described = {"LogFormat": "JSON" if function.logging.json else "Text", "LogGroup": function.log_group}
    if function.logging.json:
        levels = function.logging.application_level, function.logging.system_level
        described["ApplicationLogLevel"], described["SystemLogLevel"] = levels
    return described


def description(function: Function, directory: Directory) -> dict[str, Any]:
    """Return GetFunction's answer."""
    code = {"RepositoryType": "ECR", "ImageUri": function.image_uri}
    described: dict[str, Any] = {"Configuration": configuration(function, directory), "Code": code}
    if function.reserved_concurrency is not None:
        described["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved_concurrency}
    return described


@dataclass(frozen=True, slots=True)
class FunctionApi:
    """Answers from the directory's functions, and has them changed."""

    directory: Directory
    changes: FunctionChanges

    @operation("Qualifier")
    async def get_function(self, request: Request) -> Answer:
        """Describe a function and its code."""
        return Answer(description(self._find(request), self.directory))

    @operation("Qualifier")
    async def get_function_configuration(self, request: Request) -> Answer:
        """Describe a function."""
        return Answer(configuration(self._find(request), self.directory))

    @operation("FunctionVersion", "Marker", "MaxItems")
    async def list_functions(self, request: Request) -> Answer:
        """Describe all functions; with FunctionVersion=ALL the same, for there is no version but $LATEST."""
        everything = [configuration(f, self.directory) for f in self.directory.functions.values()]
        return Answer(page("Functions", everything, request))

    @operation("Timeout", "MemorySize", "Environment")
    async def update_function_configuration(self, request: Request) -> Answer:
        """Change a function: calls in flight end as they began, the next ones get new environments."""
        function = self._find(request)
        changed = reconfigured(function, request.without(["FunctionName"]), self.changes.fixed)
        self.changes.put(changed, renew=changed != function)
        return Answer(configuration(changed, self.directory))

    @operation()
    async def put_function_concurrency(self, request: Request) -> Answer:
        """Reserve executions for a function; takes effect with the next call."""
        reserved = request.parameters["ReservedConcurrentExecutions"]
        self.changes.put(replace(self._find(request), reserved_concurrency=reserved), renew=False)
        return Answer({"ReservedConcurrentExecutions": reserved})

    @operation()
    async def get_function_concurrency(self, request: Request) -> Answer:
        """Return how many executions are reserved for a function, if any are."""
        reserved = self._find(request).reserved_concurrency
        return Answer({} if reserved is None else {"ReservedConcurrentExecutions": reserved})

    @operation()
    async def delete_function_concurrency(self, request: Request) -> Answer:
        """Reserve none any more."""
        self.changes.put(replace(self._find(request), reserved_concurrency=None), renew=False)
        return Answer()

    def _find(self, request: Request) -> Function:
        return self.directory.find(request.function_name, request.qualifier)


def page(name: str, items: Sequence[Any], request: Request) -> dict[str, Any]:
    """Return the items that MaxItems and Marker ask for, under the name of the answer's list, and the next marker."""
    marker, size = request.text("Marker") or "0", request.parameters.get("MaxItems", PAGE)
    if not marker.isdecimal():
        raise invalid("Marker must be one that an answer gave")
    start, end = int(marker), int(marker) + min(size, PAGE)
    return {name: list(items[start:end])} | ({"NextMarker": str(end)} if end < len(items) else {})
