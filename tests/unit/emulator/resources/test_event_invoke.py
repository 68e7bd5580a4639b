"""The settings of asynchronous invocations as a template, a request and the API's answer have them."""

import json
from dataclasses import replace

from hypothesis import given

from emulator.aws.arns import Arns
from emulator.properties import Properties
from emulator.resources import EventInvokeConfig, Function, KnownQueues
from tests.unit.emulator.resources.strategies import event_invokes

ARNS = Arns()
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
    properties = Properties.from_resource("Config", config.as_properties(ARNS))
    assert EventInvokeConfig.read(properties, KnownQueues(ARNS), FUNCTIONS) == config


@given(event_invokes)
def test_rt08_an_update_changes_what_it_names(config: EventInvokeConfig) -> None:
    assert config.changed_properties({"MaximumRetryAttempts": None}, ARNS) == config.as_properties(ARNS)
    properties = Properties.from_request(config.changed_properties({"MaximumRetryAttempts": 0}, ARNS))
    changed = EventInvokeConfig.read(properties, KnownQueues(ARNS), FUNCTIONS)
    assert changed == replace(config, maximum_retries=0)
