"""Refusals name the operation."""

import pytest

from emulator.lambda_api.operations import operation


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("PUT", "/2015-03-31/functions/x/code", "UpdateFunctionCode"),
        ("DELETE", "/2015-03-31/functions/x/", "DeleteFunction"),
        ("PUT", "/2021-10-31/functions/x/url", "UpdateFunctionUrlConfig"),
        ("GET", "/2020-04-22/code-signing-configs", "GET /2020-04-22/code-signing-configs"),
    ],
)
def test_an_operation_is_named(method: str, path: str, name: str) -> None:
    assert operation(method, path) == name
