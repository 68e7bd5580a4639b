"""A function URL as a template and the API's answer have it."""

import json

from hypothesis import given

from emulator.properties import Properties
from emulator.resources import Cors, Function, FunctionUrl
from tests.unit.emulator.resources.strategies import cors

ARN = "arn:aws:lambda:us-east-1:000000000000:function:worker"
FUNCTIONS = {ARN: Function("Worker", "worker", "image", (), 3, 128, 512)}


@given(cors)
def test_fu27_the_cors_that_is_described_is_read_as_the_same(value: Cors) -> None:
    assert Cors.read(Properties("Cors", json.loads(json.dumps(value.describe())))) == value


@given(cors)
def test_the_url_that_is_described_can_be_read_from_its_description(value: Cors) -> None:
    url = FunctionUrl("Url", "worker", "AWS_IAM", value)
    told = url.describe(
        "http://here/", function_arn=ARN, created="2026-01-01T00:00:00.000Z", modified="2026-01-02T00:00:00.000Z"
    )
    properties = {key: told[key] for key in ("AuthType", "InvokeMode", "Cors")} | {"TargetFunctionArn": ARN}
    assert FunctionUrl.read(Properties.from_resource("Url", properties), FUNCTIONS) == url
