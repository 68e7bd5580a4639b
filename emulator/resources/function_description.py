"""Functions as the API describes them: FunctionConfigurations, and the answer of GetFunction (LA-05)."""

from collections.abc import Mapping
from typing import Any

from emulator.properties import Properties
from emulator.resources.function import (
    FUNCTION_ARN,
    FUNCTION_NAME,
    PUBLISHED_VERSIONS,
    RESERVED_CONCURRENCY,
    RUNTIME,
    SNAP_START,
    Function,
)

#: members of a description that are not properties of the function
NO_PROPERTIES = (
    FUNCTION_ARN,
    "Version",
    SNAP_START,
    "State",
    "StateReason",
    "StateReasonCode",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
    "LastModified",
    "RevisionId",
    "CodeSha256",
    "CodeSize",
)


def describe(function: Function, arn: str) -> dict[str, Any]:
    """Return a FunctionConfiguration, without its state and its last change. What is not known is left out."""
    named = {FUNCTION_ARN: arn, "Version": function.version}
    described = {**named, **function.as_properties(), SNAP_START: _describe_snap_start(function)}
    for elsewhere in ("Code", RESERVED_CONCURRENCY):
        described.pop(elsewhere, None)
    if "ImageConfig" in described:
        described["ImageConfigResponse"] = {"ImageConfig": described.pop("ImageConfig")}
    return described | function.source.describe()


def _describe_snap_start(function: Function) -> dict[str, str]:
    apply_on = PUBLISHED_VERSIONS if function.snap_start else "None"
    return {"ApplyOn": apply_on, "OptimizationStatus": "On" if function.is_restored else "Off"}


def describe_with_code(function: Function, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response of GetFunction."""
    code = {"RepositoryType": "S3"} if function.runtime else {"RepositoryType": "ECR", "ImageUri": function.image_uri}
    concurrency = function.describe_concurrency()
    answer = {"Configuration": configuration, "Code": code}
    return {**answer, "Concurrency": concurrency} if concurrency else answer


def read_description(answer: Mapping[str, Any], logical_id: str) -> Function:
    """Read a response of GetFunction; the inverse of `describe_with_code`."""
    described = {key: value for key, value in answer["Configuration"].items() if key not in NO_PROPERTIES}
    image = described.pop("ImageConfigResponse", {})
    code = {"ZipFile": ""} if RUNTIME in described else {"ImageUri": answer["Code"]["ImageUri"]}
    snap_start = {SNAP_START: {"ApplyOn": answer["Configuration"].get(SNAP_START, {}).get("ApplyOn", "None")}}
    values = {**described, **snap_start, **image, **answer.get("Concurrency", {}), "Code": code}
    return Function.read(Properties.from_resource(logical_id, values), described[FUNCTION_NAME])
