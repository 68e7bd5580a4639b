"""A function as a template, a request and the API's answer have it."""

import json

from hypothesis import given

from emulator.aws.arns import Arns
from emulator.properties import Properties
from emulator.resources import Function
from emulator.resources.function_description import describe, describe_with_code, read_description
from tests.unit.emulator.resources.strategies import functions

ARNS = Arns()
WORKER = Function("Worker", "worker", "image", ("m.handler",), 3, 128, 512, {"A": "1"}, reserved_concurrency=2)


@given(functions)
def test_what_is_described_is_read_as_the_same_function(function: Function) -> None:
    answer = json.loads(json.dumps(describe_with_code(function, describe(function, ARNS.function(function.name)))))
    assert read_description(answer, function.logical_id) == function


@given(functions)
def test_its_properties_are_read_as_the_same_function(function: Function) -> None:
    properties = Properties.from_resource(function.logical_id, function.as_properties())
    assert Function.read(properties, function.name) == function


@given(functions)
def test_rt08_a_request_that_names_nothing_changes_nothing(function: Function) -> None:
    assert function.reconfigured({}) == function
    assert function.reconfigured({"Timeout": None, "Environment": None}) == function


def test_rt04_what_nobody_sets_is_lambdas_default() -> None:
    function = Function.read(Properties.from_resource("F", {"PackageType": "Image", "Code": {"ImageUri": "i"}}), "f")
    assert (function.timeout_s, function.memory_mb, function.ephemeral_storage_mb) == (3, 128, 512)
    assert (function.reserved_concurrency, function.log_group) == (None, "/aws/lambda/f")


def test_rt08_a_function_is_described_as_lambda_does() -> None:
    described = describe(WORKER, ARNS.function("worker"))
    assert described["FunctionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:worker"
    assert described["ImageConfigResponse"] == {"ImageConfig": {"Command": ["m.handler"]}}
    assert described["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/worker"}
    assert (described["Version"], described["PackageType"]) == ("$LATEST", "Image")
    assert not {"Code", "ReservedConcurrentExecutions", "ImageConfig", "Role"} & set(described)
    answer = describe_with_code(WORKER, described)
    assert answer["Code"] == {"RepositoryType": "ECR", "ImageUri": "image"}
    assert answer["Concurrency"] == {"ReservedConcurrentExecutions": 2}
