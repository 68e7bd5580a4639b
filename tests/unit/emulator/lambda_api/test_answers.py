"""What boto3 reads from the answers, and that they have no member that the model has not."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.emulator.lambda_api.archives import CODE, ROLE, archive
from tests.unit.emulator.lambda_api.in_process import ARN, QUEUE_ARN, Emulated, refused
from tests.unit.emulator.lambda_api.test_router import SERVED

DEAD = {"OnFailure": {"Destination": f"{QUEUE_ARN}spare"}}


def members_unknown_to_the_model(shape: Any, value: Any, path: str = "") -> list[str]:
    """Return the paths of members that a shape has not."""
    if shape.type_name == "structure":
        unknown = [f"{path}.{name}" for name in value if name not in shape.members]
        for name in set(value) & set(shape.members):
            unknown += members_unknown_to_the_model(shape.members[name], value[name], f"{path}.{name}")
        return unknown
    if shape.type_name == "list":
        return [n for item in value for n in members_unknown_to_the_model(shape.member, item, f"{path}[]")]
    return []


def test_every_operation_that_is_served_answers_in_the_models_shape(tmp_path: Path) -> None:
    emulated = Emulated(code=tmp_path)
    client, seen = emulated.client(), {}

    def look(parsed: dict[str, Any], model: Any, http_response: Any, **_: Any) -> None:
        text = http_response.content
        shape = model.output_shape
        in_body = json.loads(text) if text and model.name != "Invoke" else {}
        assert not in_body or members_unknown_to_the_model(shape, in_body) == []
        has_own_status = model.name == "DeleteFunction"  # a member of its answer is the status
        assert http_response.status_code == (204 if has_own_status else model.http["responseCode"])
        seen[model.name] = parsed

    client.meta.events.register("after-call.lambda", lambda **e: None)
    client.meta.events.register(
        "after-call.lambda", lambda http_response, parsed, model, **_: look(parsed, model, http_response)
    )
    client.invoke(FunctionName="echo", LogType="Tail", Payload=b'{"a": 1}')
    client.get_function(FunctionName="worker")
    client.get_function_configuration(FunctionName="echo", Qualifier="$LATEST")
    client.list_functions(MaxItems=1)
    client.update_function_configuration(FunctionName="echo", Timeout=9)
    client.put_function_concurrency(FunctionName="echo", ReservedConcurrentExecutions=7)
    client.get_function_concurrency(FunctionName="echo")
    client.delete_function_concurrency(FunctionName="echo")
    client.put_function_event_invoke_config(FunctionName="echo", MaximumRetryAttempts=1, DestinationConfig=DEAD)
    client.update_function_event_invoke_config(FunctionName="echo", MaximumEventAgeInSeconds=60)
    client.get_function_event_invoke_config(FunctionName="echo")
    client.list_function_event_invoke_configs(FunctionName="echo")
    client.delete_function_event_invoke_config(FunctionName="echo")
    client.get_function_url_config(FunctionName="echo")
    client.list_function_url_configs(FunctionName="echo")
    pattern = {"Filters": [{"Pattern": '{"body": ["a"]}'}]}
    created = client.create_event_source_mapping(
        EventSourceArn=f"{QUEUE_ARN}spare",
        FunctionName="worker",
        FilterCriteria=pattern,
        ScalingConfig={"MaximumConcurrency": 2},
    )
    client.get_event_source_mapping(UUID=created["UUID"])
    client.list_event_source_mappings(FunctionName="worker")
    client.update_event_source_mapping(UUID=created["UUID"], BatchSize=5)
    client.delete_event_source_mapping(UUID=created["UUID"])
    make = {"FunctionName": "new", "Role": ROLE, "Runtime": "python3.12", "Handler": "app.handler"}
    client.create_function(**make, Code={"ZipFile": archive(CODE)})
    client.update_function_code(FunctionName="new", ZipFile=archive(CODE))
    client.create_function_url_config(FunctionName="new", AuthType="NONE", Cors={"AllowOrigins": ["*"]})
    client.update_function_url_config(FunctionName="new", AuthType="AWS_IAM")
    client.delete_function_url_config(FunctionName="new")
    client.add_permission(FunctionName="new", StatementId="s", Action="lambda:InvokeFunction", Principal="*")
    client.get_policy(FunctionName="new")
    client.remove_permission(FunctionName="new", StatementId="s")
    call_the_operations_on_versions(client)
    client.delete_function(FunctionName="new")
    assert set(seen) == SERVED - {"GetProvisionedConcurrencyConfig"}  # of which there is none to describe


def test_a_result_is_read_from_body_and_headers() -> None:
    answer = Emulated().client().invoke(FunctionName="echo", LogType="Tail", Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == {"a": 1}
    assert (answer["StatusCode"], answer["ExecutedVersion"], answer["LogResult"]) == (200, "$LATEST", "YSBsaW5l")
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


@pytest.mark.parametrize(("kind", "status"), [("Event", 202), ("DryRun", 204)])
def test_an_invocation_without_a_result_has_its_own_status(kind: str, status: int) -> None:
    answer = Emulated().client().invoke(FunctionName="echo", InvocationType=kind)
    assert (answer["StatusCode"], answer["Payload"].read()) == (status, b"")
    assert "ExecutedVersion" not in answer, "recorded"


def test_lists_come_by_pages() -> None:
    client = Emulated().client()
    pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    assert [[f["FunctionName"] for f in page["Functions"]] for page in pages] == [["echo"], ["worker"]]
    assert refused(client.list_functions, Marker="elsewhere")[:2] == (400, "InvalidParameterValueException")


def test_an_invocation_before_the_start_is_refused() -> None:
    emulated = Emulated(started=False)
    assert refused(emulated.client().invoke, FunctionName="echo")[:2] == (503, "ServiceException")
    assert emulated.client().get_function(FunctionName="echo")["Configuration"]["FunctionArn"] == f"{ARN}echo"


def test_a_mapping_without_a_source_is_refused() -> None:
    assert refused(Emulated().client().create_event_source_mapping, FunctionName="worker") == (
        400,
        "InvalidParameterValueException",
        "Unrecognized event source.",
    )


def call_the_operations_on_versions(client: Any) -> None:
    policy = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction"}]}
    client.put_resource_policy(ResourceArn=f"{ARN}new", Policy=json.dumps(policy))
    client.get_resource_policy(ResourceArn=f"{ARN}new")
    client.delete_resource_policy(ResourceArn=f"{ARN}new")
    client.tag_resource(Resource=f"{ARN}new", Tags={"a": "b"})
    client.list_tags(Resource=f"{ARN}new")
    client.untag_resource(Resource=f"{ARN}new", TagKeys=["a"])
    client.get_account_settings()
    client.put_function_recursion_config(FunctionName="new", RecursiveLoop="Allow")
    client.get_function_recursion_config(FunctionName="new")
    client.get_function_code_signing_config(FunctionName="new")
    client.get_runtime_management_config(FunctionName="new")
    client.list_provisioned_concurrency_configs(FunctionName="new")
    client.publish_version(FunctionName="new")
    client.list_versions_by_function(FunctionName="new")
    client.create_alias(FunctionName="new", Name="live", FunctionVersion="1")
    client.get_alias(FunctionName="new", Name="live")
    client.update_alias(FunctionName="new", Name="live", FunctionVersion="$LATEST")
    client.list_aliases(FunctionName="new")
    client.delete_alias(FunctionName="new", Name="live")
