"""An event source mapping as a template, a request and the API's answer have it."""

import json
from typing import Any

import pytest
from hypothesis import given

from emulator.aws.arns import Arns
from emulator.properties import NotBuiltError, Properties, TemplateError
from emulator.resources import EventSourceMapping, Function, KnownQueues
from emulator.resources.event_source_mapping import CHANGEABLE, FIXED
from tests.unit.emulator.resources.strategies import mappings

ARNS = Arns()
FUNCTIONS = {"worker": Function("Worker", "worker", "image", (), 3, 128, 512)}
MAPPING = EventSourceMapping("Mapping", "jobs", "worker", 5, maximum_concurrency=2)


def read(values: dict[str, Any], logical_id: str = "Mapping") -> EventSourceMapping:
    properties = Properties.from_resource(logical_id, json.loads(json.dumps(values)))
    return EventSourceMapping.read(properties, KnownQueues(ARNS), FUNCTIONS)


@given(mappings)
def test_what_is_described_is_read_as_the_same_mapping(mapping: EventSourceMapping) -> None:
    state = "Enabled" if mapping.enabled else "Disabled"
    told = json.loads(json.dumps(mapping.describe(ARNS, uuid="u-1", state=state, modified=1.5)))
    assert EventSourceMapping.read_description(told, mapping.logical_id) == mapping


@given(mappings)
def test_its_properties_are_read_as_the_same_mapping(mapping: EventSourceMapping) -> None:
    assert read(mapping.as_properties(ARNS), mapping.logical_id) == mapping


def test_es40_a_mapping_is_described_as_lambda_does() -> None:
    told = MAPPING.describe(ARNS, uuid="u-1", state="Enabled", modified=1.5)
    assert told == {
        "UUID": "u-1",
        "EventSourceMappingArn": "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:u-1",
        "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:jobs",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:worker",
        "BatchSize": 5,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "ScalingConfig": {"MaximumConcurrency": 2},
        "State": "Enabled",
        "StateTransitionReason": "USER_INITIATED",
        "LastModified": 1.5,
    }


@given(mappings)
def test_an_update_that_names_nothing_changes_nothing(mapping: EventSourceMapping) -> None:
    assert mapping.changed_properties({}, ARNS) == mapping.as_properties(ARNS)
    assert mapping.changed_properties({"ScalingConfig": None}, ARNS) == mapping.as_properties(ARNS)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"BatchSize": 7}, EventSourceMapping("Mapping", "jobs", "worker", 7, maximum_concurrency=2)),
        ({"ScalingConfig": {}}, EventSourceMapping("Mapping", "jobs", "worker", 5)),
        (
            {"Enabled": False, "FunctionResponseTypes": ["ReportBatchItemFailures"]},
            EventSourceMapping("Mapping", "jobs", "worker", 5, 0, True, 2, enabled=False),
        ),
    ],
)
def test_an_update_changes_what_it_names(request_: dict[str, Any], expected: EventSourceMapping) -> None:
    assert read(MAPPING.changed_properties(request_, ARNS)) == expected


@given(mappings)
def test_every_property_can_be_changed_or_is_fixed(mapping: EventSourceMapping) -> None:
    assert set(mapping.as_properties(ARNS)) <= {*CHANGEABLE, *FIXED}


def test_what_no_mapping_has_is_refused_by_name() -> None:
    with pytest.raises(NotBuiltError, match="KMSKeyArn"):
        read(MAPPING.changed_properties({"KMSKeyArn": "key"}, ARNS))


def test_es10_a_fifo_queue_takes_no_window() -> None:
    with pytest.raises(TemplateError, match="at most 10 messages and no batch window"):
        read(EventSourceMapping("Mapping", "jobs.fifo", "worker", 5, 1).as_properties(ARNS))
