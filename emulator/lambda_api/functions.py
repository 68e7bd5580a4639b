"""What the API tells about functions. What the emulator does not know (Role, CodeSha256) is absent, not invented."""

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.aws.identifiers import LATEST
from emulator.aws.limits import PAGE_ITEMS
from emulator.lambda_api.errors import invalid
from emulator.lambda_api.names import Directory
from emulator.resources import Function


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


def page(items: Sequence[Any], query: Mapping[str, str]) -> tuple[list[Any], str | None]:
    """Return the items that MaxItems and Marker ask for, and the marker of the next page."""
    marker, size = query.get("Marker", "0"), query.get("MaxItems", str(PAGE_ITEMS))
    if not marker.isdigit() or not size.isdigit() or int(size) < 1:
        raise invalid("MaxItems must be a whole number from 1, Marker one that an answer gave")
    start, end = int(marker), int(marker) + min(int(size), PAGE_ITEMS)
    return list(items[start:end]), str(end) if end < len(items) else None
