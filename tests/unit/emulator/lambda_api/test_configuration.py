"""What UpdateFunctionConfiguration makes of a function."""

from typing import Any

import pytest

from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.configuration import reconfigured
from emulator.resources import Function

WORKER = Function("Worker", "worker", "image", ("m.handler",), 3, 128, 512, {"AA": "1"}, reserved_concurrency=2)


def test_rt08_what_is_not_named_stays() -> None:
    assert reconfigured(WORKER, {}) == WORKER
    changed = reconfigured(WORKER, {"Timeout": 9, "Environment": {"Variables": {"BB": "2"}}})
    assert (changed.timeout_s, changed.memory_mb, changed.environment) == (9, 128, {"BB": "2"})
    assert changed.reserved_concurrency == 2


@pytest.mark.parametrize(
    ("request_", "status", "message"),
    [
        ({"Environment": {"Variables": {"AA": "x" * 4_095}}}, 400, "has 4,097 bytes"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, 400, "Reserved keys used in this request: AWS_REGION"),
        ({"Environment": {"Names": {}}}, 501, "UpdateFunctionConfiguration with Environment.Names is not emulated"),
    ],
)
def test_rt08_what_cannot_be_changed_is_refused_by_name(request_: dict[str, Any], status: int, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        reconfigured(WORKER, request_)
    assert caught.value.status == status
    assert message in caught.value.message


def test_rt08_what_containers_were_made_with_cannot_be_changed_under_them() -> None:
    with pytest.raises(ApiError, match="MemorySize, which its containers were made with, is not emulated"):
        reconfigured(WORKER, {"MemorySize": 256}, ["MemorySize"])
    assert reconfigured(WORKER, {"Timeout": 5}, ["MemorySize"]).timeout_s == 5
