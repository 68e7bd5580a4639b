"""Values that break the model of the API, in the words that AWS was recorded to use for them (LA-03)."""

import json
from typing import Any

import pytest

from emulator.lambda_api.api_errors import ApiError
from tests.unit.emulator.lambda_api.in_process import ARN, MODEL, QUEUE_ARN, Emulated, refused


def pattern(shape: str) -> str:
    return str(MODEL.shape_for(shape).metadata["pattern"])


def breaks(value: str, at: str, constraint: str) -> str:
    return f"Value {value} at '{at}' failed to satisfy constraint: Member must {constraint}"


NAME = f"satisfy regular expression pattern: {pattern('NamespacedFunctionName')}"
MAPPING = {"EventSourceArn": f"{QUEUE_ARN}spare", "FunctionName": "worker"}


@pytest.mark.parametrize(
    ("operation", "arguments", "failure"),
    [
        ("get_function", {"FunctionName": "my-function!"}, breaks("'my-function!'", "functionName", NAME)),
        ("invoke", {"FunctionName": "*"}, breaks("'*'", "functionName", NAME)),
        ("invoke", {"FunctionName": f"{ARN}f:1:2"}, breaks(f"'{ARN}f:1:2'", "functionName", NAME)),
        ("invoke", {"FunctionName": f"{ARN}f:$LATES"}, breaks(f"'{ARN}f:$LATES'", "functionName", NAME)),
        (
            "get_function",
            {"FunctionName": "arn:aws:lambda::000000000000:function:my-function"},
            breaks("'arn:aws:lambda::000000000000:function:my-function'", "functionName", NAME),
        ),
        (
            "put_function_concurrency",
            {"FunctionName": "invalid:function:name", "ReservedConcurrentExecutions": 1},
            breaks(
                "'invalid:function:name'",
                "functionName",
                f"satisfy regular expression pattern: {pattern('FunctionName')}",
            ),
        ),
        (
            "get_function",
            {"FunctionName": "echo", "Qualifier": "invalid!"},
            breaks(
                "'invalid!'",
                "qualifier",
                f"satisfy regular expression pattern: {pattern('NumericLatestPublishedOrAliasQualifier')}",
            ),
        ),
        (
            "get_function",
            {"FunctionName": "echo", "Qualifier": "a" * 129},
            breaks(f"'{'a' * 129}'", "qualifier", "have length less than or equal to 128"),
        ),
        (
            "get_function_url_config",
            {"FunctionName": "echo", "Qualifier": "$LATEST"},
            breaks("'$LATEST'", "qualifier", f"satisfy regular expression pattern: {pattern('FunctionUrlQualifier')}"),
        ),
        (
            "list_functions",
            {"FunctionVersion": "invalid"},
            breaks("'invalid'", "functionVersion", "satisfy enum value set: [ALL]"),
        ),
        (
            "invoke",
            {"FunctionName": "echo", "InvocationType": "Later"},
            breaks("'Later'", "invocationType", "satisfy enum value set: [Event, RequestResponse, DryRun]"),
        ),
        (
            "invoke",
            {"FunctionName": "echo", "LogType": "All"},
            breaks("'All'", "logType", "satisfy enum value set: [None, Tail]"),
        ),
        ("list_functions", {"MaxItems": 0}, breaks("'0'", "maxItems", "have value greater than or equal to 1")),
        (
            "put_function_concurrency",
            {"FunctionName": "echo", "ReservedConcurrentExecutions": -1},
            breaks("'-1'", "reservedConcurrentExecutions", "have value greater than or equal to 0"),
        ),
        (
            "put_function_concurrency",
            {"FunctionName": "echo"},
            breaks("null", "reservedConcurrentExecutions", "not be null"),
        ),
        (
            "create_event_source_mapping",
            {"EventSourceArn": f"{QUEUE_ARN}spare"},
            breaks("null", "functionName", "not be null"),
        ),
        (
            "create_event_source_mapping",
            {**MAPPING, "ScalingConfig": {"MaximumConcurrency": 1}},
            breaks("'1'", "scalingConfig.maximumConcurrency", "have value greater than or equal to 2"),
        ),
        (
            "create_event_source_mapping",
            {**MAPPING, "BatchSize": 10_001},
            breaks("'10001'", "batchSize", "have value less than or equal to 10000"),
        ),
        (
            "create_event_source_mapping",
            {**MAPPING, "FunctionResponseTypes": ["All"]},
            breaks(
                "'[All]'",
                "functionResponseTypes",
                "satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures], Member must not be null]",
            ),
        ),
        (
            "create_event_source_mapping",
            {**MAPPING, "FunctionResponseTypes": ["ReportBatchItemFailures"] * 2},
            breaks(
                "'[ReportBatchItemFailures, ReportBatchItemFailures]'",
                "functionResponseTypes",
                "have length less than or equal to 1",
            ),
        ),
        (
            "create_event_source_mapping",
            {**MAPPING, "FilterCriteria": {"Filters": [{"Pattern": "{}"}, {"Pattern": "x" * 4_097}]}},
            breaks(
                f"'{'x' * 4_097}'", "filterCriteria.filters.2.member.pattern", "have length less than or equal to 4096"
            ),
        ),
        (
            "get_event_source_mapping",
            {"UUID": "short"},
            breaks("'short'", "uUID", "have length greater than or equal to 36"),
        ),
        (
            "put_function_event_invoke_config",
            {"FunctionName": "echo", "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:_-/!lambda:x"}}},
            breaks(
                "'arn:aws:_-/!lambda:x'",
                "destinationConfig.onFailure.destination",
                f"satisfy regular expression pattern: {pattern('DestinationArn')}",
            ),
        ),
        (
            "put_function_event_invoke_config",
            {"FunctionName": "echo", "MaximumRetryAttempts": 3},
            breaks("'3'", "maximumRetryAttempts", "have value less than or equal to 2"),
        ),
    ],
)
def test_la03_a_value_that_breaks_the_model(operation: str, arguments: dict[str, Any], failure: str) -> None:
    client = Emulated().client(parameter_validation=False)
    assert refused(getattr(client, operation), **arguments) == (
        400,
        "ValidationException",
        f"1 validation error detected: {failure}",
    )


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        ({"Timeout": 901}, breaks("'901'", "timeout", "have value less than or equal to 900")),
        ({"Timeout": 0}, breaks("'0'", "timeout", "have value greater than or equal to 1")),
        ({"MemorySize": 10_241}, breaks("'10241'", "memorySize", "have value less than or equal to 10240")),
    ],
)
def test_la03_the_limits_that_hold_are_narrower_than_the_models(arguments: dict[str, Any], failure: str) -> None:
    """The model has room for sizes that not every function may have; a function from an image has the old limits."""
    client = Emulated().client(parameter_validation=False)
    _, code, message = refused(client.update_function_configuration, FunctionName="echo", **arguments)
    assert (code, message) == ("ValidationException", f"1 validation error detected: {failure}")
    largest = client.update_function_configuration(FunctionName="echo", Timeout=900, MemorySize=10_240)
    assert (largest["Timeout"], largest["MemorySize"]) == (900, 10_240)


def test_la03_several_broken_values_are_told_together() -> None:
    client = Emulated().client(parameter_validation=False)
    status, code, message = refused(client.invoke, FunctionName="*", Qualifier="a" * 129, InvocationType="Later")
    assert (status, code) == (400, "ValidationException")
    counted, _, failures = message.partition(": ")
    assert counted == "3 validation errors detected"
    assert sorted(failures.split("; ")) == sorted(
        [
            breaks("'*'", "functionName", NAME),
            breaks(f"'{'a' * 129}'", "qualifier", "have length less than or equal to 128"),
            breaks("'Later'", "invocationType", "satisfy enum value set: [Event, RequestResponse, DryRun]"),
        ]
    )


def test_the_values_of_environment_variables_are_never_told() -> None:
    client = Emulated().client(parameter_validation=False)
    _, code, message = refused(
        client.update_function_configuration, FunctionName="echo", Environment={"Variables": {"2": "secret"}}
    )
    assert code == "ValidationException"
    assert message == (
        "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy"
        f" constraint: [Member must satisfy regular expression pattern: {pattern('EnvironmentVariableName')}]"
    )


@pytest.mark.parametrize(
    ("operation", "arguments", "words"),
    [
        ("update_function_configuration", {"Timeout": "7"}, "STRING_VALUE can not be converted to an Integer"),
        ("update_function_configuration", {"Timeout": True}, "TRUE_VALUE can not be converted to an Integer"),
        ("update_function_configuration", {"Timeout": [1]}, "Start of list found where not expected"),
        ("update_function_configuration", {"Timeout": {"a": 1}}, "Start of structure or map found where not expected."),
        (
            "update_function_configuration",
            {"Environment": {"Variables": {"AB": 1}}},
            "NUMBER_VALUE can not be converted to a String",
        ),
        ("update_function_configuration", {"Environment": "x"}, "Expected null"),
        ("create_event_source_mapping", {"FunctionResponseTypes": "x"}, "Expected list or null"),
        ("list_functions", {"MaxItems": "many"}, "STRING_VALUE can not be converted to an Integer"),
    ],
)
def test_a_value_of_another_type_cannot_be_read(operation: str, arguments: dict[str, Any], words: str) -> None:
    """The words were recorded on another service of AWS that reads JSON by the same framework."""
    emulated = Emulated()
    target = {
        "update_function_configuration": ("PUT", "/2015-03-31/functions/echo/configuration"),
        "create_event_source_mapping": ("POST", "/2015-03-31/event-source-mappings"),
        "list_functions": ("GET", "/2015-03-31/functions?MaxItems=many"),
    }[operation]
    with pytest.raises(ApiError) as caught:
        emulated.call(*target, body=json.dumps(arguments).encode())
    assert (caught.value.status, caught.value.kind, caught.value.message) == (400, "SerializationException", words)


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b'{"a": ' + b"[" * 600 + b"]" * 600 + b"}"])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        Emulated().call("PUT", "/2015-03-31/functions/echo/configuration", body=body)
    assert (caught.value.status, caught.value.kind) == (400, "InvalidRequestContentException")


@pytest.mark.parametrize(
    ("operation", "arguments", "what"),
    [
        (
            "update_function_configuration",
            {"FunctionName": "echo", "DurableConfig": {"ExecutionTimeout": 1}},
            "UpdateFunctionConfiguration with DurableConfig",
        ),
        (
            "update_function_configuration",
            {"FunctionName": "echo", "Handler": "x.y"},
            "UpdateFunctionConfiguration with Handler",
        ),
        ("list_functions", {"MasterRegion": "ALL"}, "ListFunctions with MasterRegion"),
        ("invoke", {"FunctionName": "echo", "TenantId": "a"}, "Invoke with TenantId"),
        ("invoke", {"FunctionName": "echo", "DurableExecutionName": "a"}, "Invoke with DurableExecutionName"),
        (
            "update_event_source_mapping",
            {"UUID": "5" * 36, "ParallelizationFactor": 2},
            "UpdateEventSourceMapping with ParallelizationFactor",
        ),
        (
            "create_event_source_mapping",
            {**MAPPING, "StartingPosition": "LATEST"},
            "CreateEventSourceMapping with StartingPosition",
        ),
    ],
)
def test_a_parameter_that_is_not_built_is_refused_by_its_name(
    operation: str, arguments: dict[str, Any], what: str
) -> None:
    client = Emulated().client(parameter_validation=False)
    assert refused(getattr(client, operation), **arguments) == (
        501,
        "NotImplementedException",
        f"{what} is not emulated",
    )


@pytest.mark.parametrize(
    ("method", "target", "body", "what"),
    [
        ("GET", "/2015-03-31/functions?Newest=1", b"", "ListFunctions with Newest"),
        ("PUT", "/2017-10-31/functions/echo/concurrency", b'{"Newest": 1}', "PutFunctionConcurrency with Newest"),
        (
            "PUT",
            "/2017-10-31/functions/echo/concurrency",
            b'{"FunctionName": "worker", "ReservedConcurrentExecutions": 1}',
            "PutFunctionConcurrency with FunctionName",
        ),
        (
            "PUT",
            "/2015-03-31/functions/echo/configuration?Timeout=1",
            b"{}",
            "UpdateFunctionConfiguration with Timeout",
        ),
        ("GET", "/2015-03-31/functions/echo?FunctionName=worker", b"", "GetFunction with FunctionName"),
    ],
)
def test_a_parameter_where_the_model_has_none_is_refused_by_its_name(
    method: str, target: str, body: bytes, what: str
) -> None:
    emulated = Emulated()
    before = dict(emulated.stack.functions)
    with pytest.raises(ApiError, match=what) as caught:
        emulated.call(method, target, body=body)
    assert (caught.value.status, dict(emulated.stack.functions)) == (501, before)


def test_null_stands_for_a_parameter_that_is_not_there() -> None:
    emulated = Emulated()
    reply = emulated.call("PUT", "/2015-03-31/functions/echo/configuration", body=b'{"Timeout": 8, "Role": null}')
    assert reply is not None
    assert (reply.status, emulated.stack.functions["echo"].timeout_s) == (200, 8)


def test_a_well_formed_name_that_nobody_has() -> None:
    client = Emulated().client(parameter_validation=False)
    for name in ("a" * 65, "with.dots", "arn:aws-cn:lambda:cn-north-1:000000000000:function:echo"):
        status, code, message = refused(client.get_function, FunctionName=name)
        assert (status, code) == (404, "ResourceNotFoundException")
        assert message.startswith("Function not found: arn:aws")


def test_la03_an_invocation_of_nobody_names_the_latest_version() -> None:
    """Recorded: Invoke adds `:$LATEST` to the name that was not found, and GetFunction does not."""
    client = Emulated().client()
    assert refused(client.invoke, FunctionName="nobody")[2] == f"Function not found: {ARN}nobody:$LATEST"
    assert refused(client.get_function, FunctionName="nobody")[2] == f"Function not found: {ARN}nobody"
