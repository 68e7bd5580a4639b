"""The variables of a function that are this emulator's own matter."""

from emulator.resources import Function
from emulator.runtime_environment import AwsAccess, variables

STACK = AwsAccess("http://127.0.0.1:9003", "us-east-1")


def environment(**own: str) -> dict[str, str]:
    return variables(Function("F", "f", "uri", ("main.handler",), 3, 128, 512, own), "env-1", STACK)


def test_rt21_every_client_of_an_sdk_finds_the_emulator() -> None:
    assert environment()["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9003"
    assert "AWS_ENDPOINT_URL_SQS" not in environment(), "an SDK would let it win over a function's own"


def test_rt21_a_functions_own_endpoint_of_a_service_stays() -> None:
    assert environment(AWS_ENDPOINT_URL_S3="http://minio:9000")["AWS_ENDPOINT_URL_S3"] == "http://minio:9000"
