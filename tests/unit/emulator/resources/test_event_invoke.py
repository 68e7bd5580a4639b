"""The settings of asynchronous invocations as a template, a request and the API's answer have them."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from emulator.aws.arns import Arns
from emulator.properties import NotBuiltError, Properties, RefusalError
from emulator.resources import EventInvokeConfig, Function, KnownQueues
from tests.unit.emulator.resources.strategies import event_invokes

ARNS = Arns()
IAM = "arn:aws:iam:us-east-1:000000000000:function:worker"
LAMBDA = "arn:aws:lambda:us-east-1:000000000000:function:"
FUNCTIONS = {"worker": Function("Worker", "worker", "image", (), 3, 128, 512)}


@given(event_invokes)
def test_rt08_what_is_described_is_read_as_the_same_configuration(config: EventInvokeConfig) -> None:
    told = json.loads(json.dumps(config.describe(ARNS, 1.5)))
    assert told.pop("FunctionArn") == "arn:aws:lambda:us-east-1:000000000000:function:worker:$LATEST"
    assert told.pop("LastModified") == 1.5
    properties = Properties.from_request({**told, "FunctionName": "worker", "Qualifier": "$LATEST"})
    assert EventInvokeConfig.read(properties, KnownQueues(ARNS), FUNCTIONS) == config


@given(event_invokes)
def test_rt08_its_properties_are_read_as_the_same_configuration(config: EventInvokeConfig) -> None:
    properties = Properties.from_resource("Config", config.as_properties())
    assert EventInvokeConfig.read(properties, KnownQueues(ARNS), FUNCTIONS) == config


@given(event_invokes)
def test_rt08_an_update_changes_what_it_names(config: EventInvokeConfig) -> None:
    assert config.changed_properties({"MaximumRetryAttempts": None}) == config.as_properties()
    properties = Properties.from_request(config.changed_properties({"MaximumRetryAttempts": 0}))
    changed = EventInvokeConfig.read(properties, KnownQueues(ARNS), FUNCTIONS)
    assert changed == replace(config, retries=0)


def test_la05_only_what_was_set_is_described() -> None:
    """As recorded on AWS: Lambda's defaults are not told."""
    properties = Properties.from_request({"FunctionName": "worker", "Qualifier": "$LATEST", "MaximumRetryAttempts": 0})
    config = EventInvokeConfig.read(properties, KnownQueues(ARNS), FUNCTIONS)
    assert config.describe(ARNS, 1.5) == {
        "FunctionArn": f"{LAMBDA}worker:$LATEST",
        "LastModified": 1.5,
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
    }
    assert (config.maximum_retries, config.maximum_age_s) == (0, 21_600)
    assert EventInvokeConfig("worker").maximum_retries == 2


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        (f"{LAMBDA}worker", "You can't specify the function as a destination for itself."),
        (f"{LAMBDA}worker:$LATEST", "You can't specify the function as a destination for itself."),
        (
            IAM,
            (
                f"The provided destination config DestinationConfig(onSuccess=OnSuccess(destination={IAM}), onFailure=null)"
                " is invalid."
            ),
        ),
        (
            "arn:aws:lambda:eu-west-1:000000000000:function:other",
            "The destination ARN arn:aws:lambda:eu-west-1:000000000000:function:other is invalid.",
        ),
    ],
)
def test_rt08_what_can_be_no_destination_is_refused_in_lambdas_words(arn: str, message: str) -> None:
    """The first three are recorded on AWS."""
    with pytest.raises(RefusalError) as refused:
        read_destination("OnSuccess", arn)
    assert refused.value.lambda_message == message


@pytest.mark.parametrize(
    ("arn", "service"),
    [
        ("arn:aws:sns:us-east-1:000000000000:topic", "SNS topic"),
        ("arn:aws:events:us-east-1:000000000000:event-bus/bus", "EventBridge bus"),
        ("arn:aws:s3:::bucket", "S3 bucket"),
    ],
)
def test_rt08_destinations_of_other_services_are_refused_by_name(arn: str, service: str) -> None:
    with pytest.raises(NotBuiltError) as refused:
        read_destination("OnFailure", arn)
    assert refused.value.name == f"Destination in an {service}"


def read_destination(end: str, arn: str) -> EventInvokeConfig:
    wanted = {"FunctionName": "worker", "Qualifier": "$LATEST", "DestinationConfig": {end: {"Destination": arn}}}
    return EventInvokeConfig.read(Properties.from_request(wanted), KnownQueues(ARNS), FUNCTIONS)
