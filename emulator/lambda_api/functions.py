"""What the API tells about functions, and how it tells a list in pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.aws.limits import PAGE_ITEMS
from emulator.lambda_api.errors import invalid
from emulator.lambda_api.names import Directory
from emulator.resources import Function


def configuration(function: Function, directory: Directory) -> dict[str, Any]:
    """Return a FunctionConfiguration."""
    return function.describe(directory.arn(function.name))


def description(function: Function, directory: Directory) -> dict[str, Any]:
    """Return GetFunction's answer."""
    return function.describe_with_code(directory.arn(function.name))


def page(items: Sequence[Any], query: Mapping[str, str]) -> tuple[list[Any], str | None]:
    """Return the items that MaxItems and Marker ask for, and the marker of the next page."""
    marker, size = query.get("Marker", "0"), query.get("MaxItems", str(PAGE_ITEMS))
    if not marker.isdigit() or not size.isdigit() or int(size) < 1:
        raise invalid("MaxItems must be a whole number from 1, Marker one that an answer gave")
    start, end = int(marker), int(marker) + min(int(size), PAGE_ITEMS)
    return list(items[start:end]), str(end) if end < len(items) else None
