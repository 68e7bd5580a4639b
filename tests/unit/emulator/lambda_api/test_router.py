"""Which request is which operation: every operation of Lambda is served or refused by its own name."""

import re
from urllib.parse import urlsplit

import pytest

from emulator.lambda_api.api_errors import ApiError
from emulator.lambda_api.requests import HttpRequest
from emulator.lambda_api.router import Router
from tests.unit.emulator.lambda_api.in_process import MODEL, Emulated

OPERATIONS = MODEL.operation_names
SERVED = {
    "CreateEventSourceMapping",
    "DeleteEventSourceMapping",
    "DeleteFunctionConcurrency",
    "DeleteFunctionEventInvokeConfig",
    "GetEventSourceMapping",
    "GetFunction",
    "GetFunctionConcurrency",
    "GetFunctionConfiguration",
    "GetFunctionEventInvokeConfig",
    "GetFunctionUrlConfig",
    "Invoke",
    "ListEventSourceMappings",
    "ListFunctionEventInvokeConfigs",
    "ListFunctionUrlConfigs",
    "ListFunctions",
    "PutFunctionConcurrency",
    "CreateFunction",
    "UpdateFunctionCode",
    "DeleteFunction",
    "CreateFunctionUrlConfig",
    "UpdateFunctionUrlConfig",
    "DeleteFunctionUrlConfig",
    "AddPermission",
    "RemovePermission",
    "GetPolicy",
    "PutFunctionEventInvokeConfig",
    "UpdateEventSourceMapping",
    "UpdateFunctionConfiguration",
    "UpdateFunctionEventInvokeConfig",
    "PublishVersion",
    "ListVersionsByFunction",
    "CreateAlias",
    "GetAlias",
    "ListAliases",
    "UpdateAlias",
    "DeleteAlias",
    "PutResourcePolicy",
    "GetResourcePolicy",
    "DeleteResourcePolicy",
    "TagResource",
    "UntagResource",
    "ListTags",
    "GetAccountSettings",
    "GetFunctionRecursionConfig",
    "PutFunctionRecursionConfig",
    "GetFunctionCodeSigningConfig",
    "GetRuntimeManagementConfig",
    "GetProvisionedConcurrencyConfig",
    "ListProvisionedConcurrencyConfigs",
}


def find(method: str, target: str) -> tuple[str, dict[str, str]] | None:
    parts = urlsplit(target)
    query = dict(re.findall(r"([^&=]+)=([^&]*)", parts.query))
    request = HttpRequest(method, parts.path, {name: [value] for name, value in query.items()}, {}, b"")
    match = Router(MODEL).find(request)
    return (match.operation.name, dict(match.labels)) if match else None


def example(operation: str, *, slash: bool) -> tuple[str, str]:
    """Return method and path of a call of an operation, as its model has them, with labels filled in."""
    http = MODEL.operation_model(operation).http
    path, question, query = re.sub(r"\{\w+\+?\}", "1", http["requestUri"]).partition("?")
    return http["method"], path.rstrip("/") + ("/" if slash else "") + question + query


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("slash", [True, False])
def test_la01_every_operation_is_found_with_and_without_its_trailing_slash(operation: str, slash: bool) -> None:
    found = find(*example(operation, slash=slash))
    assert found is not None
    assert found[0] == operation


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - SERVED))
@pytest.mark.parametrize("slash", [True, False])
def test_an_operation_that_is_not_built_is_refused_by_its_own_name(operation: str, slash: bool) -> None:
    with pytest.raises(ApiError) as refused:
        Emulated().call(*example(operation, slash=slash), body=b"not even JSON")
    assert (refused.value.status, refused.value.kind) == (501, "NotImplementedException")
    assert refused.value.message == f"{operation} is not emulated"


@pytest.mark.parametrize("operation", sorted(SERVED))
@pytest.mark.parametrize("slash", [True, False])
def test_what_is_built_is_served(operation: str, slash: bool) -> None:
    """No function is called 1 and no mapping has such a UUID, so most are refused, but never as not built."""
    try:
        reply = Emulated().call(*example(operation, slash=slash))
    except ApiError as error:
        assert error.status in (400, 404)
        assert error.kind != "UnknownOperationException"
    else:
        assert reply is not None
        assert reply.status == 200


@pytest.mark.parametrize(
    ("method", "target", "operation", "labels"),
    [
        ("GET", "/2015-03-31/functions/my%2Dname", "GetFunction", {"FunctionName": "my-name"}),
        (
            "GET",
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Ax%3A%24LATEST/configuration/",
            "GetFunctionConfiguration",
            {"FunctionName": "arn:aws:lambda:us-east-1:1:function:x:$LATEST"},
        ),
        ("GET", "/2015-03-31/functions/arn:aws:lambda:x", "GetFunction", {"FunctionName": "arn:aws:lambda:x"}),
        ("DELETE", "/2015-03-31/functions/a%2Fb", "DeleteFunction", {"FunctionName": "a/b"}),
        ("GET", "/2015-03-31/functions/configuration", "GetFunction", {"FunctionName": "configuration"}),
        ("GET", "/2018-10-31/layers", "ListLayers", {}),
        ("GET", "/2018-10-31/layers?find=LayerVersion&Arn=x", "GetLayerVersionByArn", {}),
        ("GET", "/2018-10-31/layers?find=other", "ListLayers", {}),
        (
            "GET",
            "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1",
            "GetProvisionedConcurrencyConfig",
            {"FunctionName": "f"},
        ),
        (
            "GET",
            "/2019-09-30/functions/f/provisioned-concurrency/?List=ALL",
            "ListProvisionedConcurrencyConfigs",
            {"FunctionName": "f"},
        ),
    ],
)
def test_a_request_is_told_by_path_and_query(method: str, target: str, operation: str, labels: dict[str, str]) -> None:
    assert find(method, target) == (operation, labels)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("POST", "/"),
        ("PATCH", "/2015-03-31/functions/f"),
        ("GET", "/2015-03-31/functions//configuration"),
        ("GET", "/2015-03-31/functions/f/g"),
        ("GET", "/2014-03-31/functions/f"),
        ("GET", "/v2/2015-03-31/functions"),
    ],
)
def test_other_paths_are_no_operation(method: str, target: str) -> None:
    assert find(method, target) is None


def test_what_operations_are_marked_to_take_is_in_the_model() -> None:
    """A name that is spelled wrong would refuse the parameter that it means."""
    for name, built in Emulated().operations.built.items():
        assert built.optional <= set(MODEL.operation_model(name).input_shape.members), name
