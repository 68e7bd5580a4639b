"""Event source mappings through the Lambda API: what boto3 gets, and what it does to the running pollers."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conformance.conftest import Tiny
from tests.conformance.test_lambda_api import ARN, client, refused

SPARE, BRIEF, PLAIN = (f"arn:aws:sqs:us-east-1:000000000000:{name}" for name in ("spare", "brief", "plain"))


@pytest.fixture(scope="module")
def api(tiny: Tiny) -> Any:
    return client(tiny, "lambda")


@pytest.fixture
def mapped(tiny: Tiny, api: Any) -> Iterator[dict[str, Any]]:
    """A new mapping from `spare` to `worker`, at work."""
    tiny.seen_so_far()
    created = api.create_event_source_mapping(EventSourceArn=SPARE, FunctionName="worker")
    settled(tiny, api, created["UUID"], "Enabled")
    yield created
    if any(m["UUID"] == created["UUID"] for m in api.list_event_source_mappings()["EventSourceMappings"]):
        api.delete_event_source_mapping(UUID=created["UUID"])
    assert tiny.eventually(lambda: not api.list_event_source_mappings(EventSourceArn=SPARE)["EventSourceMappings"])


def settled(tiny: Tiny, api: Any, identifier: str, state: str) -> None:
    assert tiny.eventually(lambda: api.get_event_source_mapping(UUID=identifier)["State"] == state)


def bodies(tiny: Tiny, count: int, *, seconds: float = 30) -> list[list[str]]:
    return [[r["body"] for r in told["event"]["Records"]] for told in tiny.seen(count, seconds=seconds)]


def test_es40_a_new_mapping_has_lambdas_defaults_and_works(tiny: Tiny, api: Any, mapped: dict) -> None:
    assert mapped["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert (mapped["State"], mapped["StateTransitionReason"]) == ("Creating", "USER_INITIATED")
    assert (mapped["BatchSize"], mapped["MaximumBatchingWindowInSeconds"]) == (10, 0)
    assert (mapped["FunctionResponseTypes"], mapped["FunctionArn"]) == ([], f"{ARN}worker")
    assert str(uuid.UUID(mapped["UUID"])) == mapped["UUID"]
    tiny.put("spare", "fine")
    assert bodies(tiny, 1) == [["fine"]]
    assert tiny.eventually(lambda: tiny.depth("spare") == 0)


def test_es40_a_disabled_mapping_stops_polling_and_an_enabled_one_goes_on(tiny: Tiny, api: Any, mapped: dict) -> None:
    identifier = mapped["UUID"]
    assert api.update_event_source_mapping(UUID=identifier, Enabled=False)["State"] == "Disabling"
    settled(tiny, api, identifier, "Disabled")
    tiny.put("spare", "later")
    assert bodies(tiny, 1, seconds=2) == []
    assert tiny.depth("spare") == 1
    assert api.update_event_source_mapping(UUID=identifier, Enabled=True)["State"] == "Enabling"
    assert bodies(tiny, 1) == [["later"]]
    settled(tiny, api, identifier, "Enabled")


def test_es40_an_update_takes_effect_without_a_restart(tiny: Tiny, api: Any, mapped: dict) -> None:
    identifier = mapped["UUID"]
    changes = {
        "BatchSize": 3,
        "MaximumBatchingWindowInSeconds": 20,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
    }
    answer = api.update_event_source_mapping(UUID=identifier, **changes)
    assert answer["State"] == "Updating"
    assert {name: answer[name] for name in changes} == changes
    settled(tiny, api, identifier, "Enabled")
    tiny.put("spare", "1", "2", "3")
    assert [len(batch) for batch in bodies(tiny, 1)] == [3], "the window waits for the third"
    assert "ScalingConfig" not in api.update_event_source_mapping(UUID=identifier, ScalingConfig={})
    settled(tiny, api, identifier, "Enabled")


def test_es40_a_deleted_mapping_is_gone(tiny: Tiny, api: Any, mapped: dict) -> None:
    identifier = mapped["UUID"]
    assert api.delete_event_source_mapping(UUID=identifier)["State"] == "Deleting"
    assert tiny.eventually(lambda: not api.list_event_source_mappings(EventSourceArn=SPARE)["EventSourceMappings"])
    for operation in (
        api.get_event_source_mapping,
        api.update_event_source_mapping,
        api.delete_event_source_mapping,
    ):
        assert refused(operation, UUID=identifier) == (
            404,
            "ResourceNotFoundException",
            "The resource you requested does not exist.",
        )


def test_es43_the_same_two_again_are_a_conflict(api: Any, mapped: dict) -> None:
    assert refused(api.create_event_source_mapping, EventSourceArn=SPARE, FunctionName=f"{ARN}worker") == (
        409,
        "ResourceConflictException",
        (
            f'An event source mapping with SQS arn (" {SPARE} ") and function (" worker ") already exists. '
            f"Please update or delete the existing mapping with UUID {mapped['UUID']}"
        ),
    )


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(
            {"EventSourceArn": BRIEF},
            "Queue visibility timeout: 1 seconds is less than Function timeout: 3 seconds",
            id="es41",
        ),
        pytest.param(
            {"EventSourceArn": SPARE.replace("spare", "nothing")},
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist.",
            id="es42",
        ),
        pytest.param({"FunctionName": "nobody"}, "Function does not exist", id="es44-function"),
        pytest.param(
            {"BatchSize": 11},
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
            id="es44-window",
        ),
        pytest.param(
            {"ScalingConfig": {"MaximumConcurrency": 1}},
            "1 validation error detected: Value '1' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: "
            "Member must have value greater than or equal to 2",
            id="es44-concurrency",
        ),
        pytest.param(
            {"FilterCriteria": {"Filters": [{"Pattern": "plain text"}]}},
            "Invalid filter pattern definition.",
            id="es33",
        ),
    ],
)
def test_es33_es41_es42_es44_what_is_refused(api: Any, arguments: dict, error: str) -> None:
    request = {"EventSourceArn": SPARE, "FunctionName": "worker", **arguments}
    status, code, message = refused(api.create_event_source_mapping, **request)
    assert (status, code) == (
        400,
        "ValidationException" if "validation error" in error else "InvalidParameterValueException",
    )
    assert message == error


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("StartingPosition", "LATEST"),
        ("KMSKeyArn", "arn:aws:kms:x"),
    ],
)
def test_es14_what_is_not_built_is_refused_by_name(api: Any, name: str, value: object) -> None:
    ends = {"EventSourceArn": PLAIN, "FunctionName": "echo"}
    status, _, message = refused(api.create_event_source_mapping, **ends, **{name: value})
    assert (status, message) == (501, f"CreateEventSourceMapping with {name} is not emulated")
    assert not api.list_event_source_mappings(**ends)["EventSourceMappings"]


def test_es48_provisioned_mode_can_be_turned_on_and_off(tiny: Tiny, api: Any, mapped: dict) -> None:
    identifier, pollers = mapped["UUID"], {"MinimumPollers": 3, "MaximumPollers": 30}
    answer = api.update_event_source_mapping(UUID=identifier, ProvisionedPollerConfig=pollers)
    assert answer["ProvisionedPollerConfig"] == pollers
    settled(tiny, api, identifier, "Enabled")
    scaling = {"MaximumConcurrency": 2}
    status, code, message = refused(api.update_event_source_mapping, UUID=identifier, ScalingConfig=scaling)
    assert (status, code) == (400, "InvalidParameterValueException")
    assert message.startswith("MaximumConcurrency cannot be used with ProvisionedPollerConfig")
    tiny.put("spare", "one")
    assert bodies(tiny, 1) == [["one"]]
    assert "ProvisionedPollerConfig" not in api.update_event_source_mapping(UUID=identifier, ProvisionedPollerConfig={})
    settled(tiny, api, identifier, "Enabled")


def test_es41_the_log_names_the_cure(tiny: Tiny, api: Any) -> None:
    refused(api.create_event_source_mapping, EventSourceArn=BRIEF, FunctionName="worker")
    assert "raise brief's VisibilityTimeout, best to 6 times the timeout" in tiny.log()


def test_es41_an_update_is_held_to_the_queue_as_it_is_now(tiny: Tiny, api: Any, mapped: dict) -> None:
    def set_visibility(seconds: int) -> None:
        tiny.sqs.set_queue_attributes(QueueUrl=tiny.queue("spare"), Attributes={"VisibilityTimeout": str(seconds)})

    set_visibility(1)
    status, _, message = refused(api.update_event_source_mapping, UUID=mapped["UUID"], BatchSize=5)
    set_visibility(3)
    assert (status, message) == (400, "Queue visibility timeout: 1 seconds is less than Function timeout: 3 seconds")


def test_es42_a_queue_that_a_program_made_can_be_mapped(tiny: Tiny, api: Any) -> None:
    tiny.seen_so_far()
    url = tiny.sqs.create_queue(QueueName="made", Attributes={"VisibilityTimeout": "5"})["QueueUrl"]
    arn = tiny.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    identifier = api.create_event_source_mapping(EventSourceArn=arn, FunctionName="worker")["UUID"]
    tiny.put("made", "fine")
    assert bodies(tiny, 1) == [["fine"]]
    settled(tiny, api, identifier, "Enabled")
    api.delete_event_source_mapping(UUID=identifier)
    assert tiny.eventually(lambda: not api.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"])
    tiny.sqs.delete_queue(QueueUrl=url)


def made(tiny: Tiny, name: str, **attributes: str) -> str:
    """Create a queue as a program does; return its ARN."""
    tiny.sqs.create_queue(QueueName=name, Attributes=attributes)
    return f"arn:aws:sqs:us-east-1:000000000000:{name}"


def unmapped(tiny: Tiny, api: Any, identifier: str, name: str) -> None:
    settled(tiny, api, identifier, "Enabled")
    arn = api.delete_event_source_mapping(UUID=identifier)["EventSourceArn"]
    assert tiny.eventually(lambda: not api.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"])
    tiny.sqs.delete_queue(QueueUrl=tiny.queue(name))


def test_es42_a_mapped_queue_that_is_deleted_and_made_anew_goes_on_with_its_new_attributes(
    tiny: Tiny, api: Any
) -> None:
    """For the old queue 34 s of visibility are asked (ES-12): a failed message would not be back within a minute twice."""
    tiny.seen_so_far()
    arn = made(tiny, "anew", VisibilityTimeout="3")
    ends = {"EventSourceArn": arn, "FunctionName": "worker"}
    identifier = api.create_event_source_mapping(**ends, MaximumBatchingWindowInSeconds=1)["UUID"]
    settled(tiny, api, identifier, "Enabled")
    tiny.sqs.delete_queue(QueueUrl=tiny.queue("anew"))
    policy = json.dumps({"deadLetterTargetArn": made(tiny, "anew-dead"), "maxReceiveCount": 2})
    made(tiny, "anew", VisibilityTimeout="5", RedrivePolicy=policy)
    tiny.put("anew", "raise")
    assert tiny.eventually(lambda: tiny.depth("anew-dead") == 1, seconds=60)
    assert bodies(tiny, 2) == [["raise"]] * 2
    tiny.sqs.delete_queue(QueueUrl=tiny.queue("anew-dead"))
    unmapped(tiny, api, identifier, "anew")


def test_es42_es45_a_template_may_map_a_queue_that_a_program_makes(tiny: Tiny, api: Any) -> None:
    """Its mapping waits, and so do the dead letters of another queue, which the same queue takes."""
    assert "later does not exist, and the template does not create it; create it" in tiny.log()
    assert "patient: its dead-letter queue later does not exist" in tiny.log()
    tiny.seen_so_far()
    made(tiny, "later", VisibilityTimeout="5")
    tiny.put("later", "fine")
    assert bodies(tiny, 1) == [["fine"]]

    def redrive() -> str:
        patient = tiny.sqs.get_queue_attributes(QueueUrl=tiny.queue("patient"), AttributeNames=["All"])
        return str(patient["Attributes"].get("RedrivePolicy", ""))

    assert tiny.eventually(lambda: SPARE.replace("spare", "later") in redrive())


def test_es42_a_mapping_whose_queue_was_deleted_waits_for_it_and_can_be_changed(tiny: Tiny, api: Any) -> None:
    tiny.seen_so_far()
    arn = made(tiny, "away", VisibilityTimeout="5")
    identifier = api.create_event_source_mapping(EventSourceArn=arn, FunctionName="worker")["UUID"]
    settled(tiny, api, identifier, "Enabled")
    tiny.sqs.delete_queue(QueueUrl=tiny.queue("away"))
    assert tiny.eventually(lambda: "away does not exist, and the template does not create it; create it" in tiny.log())
    assert api.update_event_source_mapping(UUID=identifier, BatchSize=1)["BatchSize"] == 1
    settled(tiny, api, identifier, "Enabled")
    made(tiny, "away", VisibilityTimeout="5")
    tiny.put("away", "fine")
    assert bodies(tiny, 1) == [["fine"]]
    unmapped(tiny, api, identifier, "away")


def test_a_mapped_queue_that_a_program_made_is_in_health_and_figures(tiny: Tiny, api: Any) -> None:
    arn = made(tiny, "counted", VisibilityTimeout="5")
    assert "counted" not in httpx.get(tiny.stack.health).json()["queues"]
    identifier = api.create_event_source_mapping(EventSourceArn=arn, FunctionName="worker")["UUID"]
    assert httpx.get(tiny.stack.health).json()["queues"]["counted"] == {"visible": 0, "in_flight": 0, "delayed": 0}
    assert "counted" in httpx.get(f"{tiny.stack.endpoints.api}/stats").json()["now"]["queues"]
    assert 'queue="counted"' in httpx.get(f"{tiny.stack.endpoints.api}/metrics").text
    unmapped(tiny, api, identifier, "counted")


@pytest.mark.parametrize("arn", [SPARE.replace("us-east-1", "eu-west-1"), SPARE.replace("0" * 12, "1" * 12)])
def test_es42_a_queue_of_another_region_or_account_is_refused_with_the_cure(api: Any, arn: str) -> None:
    status, code, message = refused(api.create_event_source_mapping, EventSourceArn=arn, FunctionName="worker")
    assert (status, code) == (400, "InvalidParameterValueException")
    assert f"; use {SPARE}" in message


def test_es43_an_update_to_a_function_that_has_the_queue_is_a_conflict(tiny: Tiny, api: Any, mapped: dict) -> None:
    other = api.create_event_source_mapping(EventSourceArn=SPARE, FunctionName="echo", Enabled=False)["UUID"]
    settled(tiny, api, other, "Disabled")
    status, code, message = refused(api.update_event_source_mapping, UUID=other, FunctionName="worker")
    api.delete_event_source_mapping(UUID=other)
    assert (status, code) == (409, "ResourceConflictException")
    assert mapped["UUID"] in message


def test_an_update_is_validated_as_a_whole(api: Any, mapped: dict) -> None:
    status, _, message = refused(api.update_event_source_mapping, UUID=mapped["UUID"], BatchSize=11)
    assert (status, message.startswith("Maximum batch window")) == (400, True)
    assert api.get_event_source_mapping(UUID=mapped["UUID"])["BatchSize"] == 10


@pytest.mark.parametrize(
    ("query", "queues"),
    [
        ({"EventSourceArn": PLAIN}, {"plain"}),
        ({"EventSourceArn": PLAIN, "FunctionName": "echo"}, set()),
        ({"FunctionName": f"{ARN}worker"}, {"jobs", "plain", "windowed"}),
    ],
)
def test_mappings_are_listed_by_queue_and_function(api: Any, query: dict, queues: set[str]) -> None:
    listed = api.list_event_source_mappings(**query)["EventSourceMappings"]
    found = {mapping["EventSourceArn"].rpartition(":")[2] for mapping in listed}
    assert found == queues if "EventSourceArn" in query else found >= queues
