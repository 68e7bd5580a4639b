"""Operations with which tools read before they write, and tags, as recorded on AWS (LocalStack's snapshots)."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.emulator.lambda_api.archives import CODE, ROLE, archive
from tests.unit.emulator.lambda_api.in_process import ARN, QUEUE_ARN, Emulated, refused

INVALID, MISSING = "InvalidParameterValueException", "ResourceNotFoundException"
NEW = {"FunctionName": "new", "Role": ROLE, "Runtime": "python3.12", "Handler": "app.handler"}


@pytest.fixture
def client(tmp_path: Path) -> Any:
    return Emulated(code=tmp_path).client()


def test_la09_tags_are_kept_listed_changed_and_removed(client: Any) -> None:
    client.create_function(**NEW, Code={"ZipFile": archive(CODE)}, Tags={"a": "1"})
    arn = f"{ARN}new"
    before = client.get_function(FunctionName="new")
    assert before["Tags"] == client.list_tags(Resource=arn)["Tags"] == {"a": "1"}
    client.tag_resource(Resource=arn, Tags={"a": "x", "b": "2"})
    assert client.list_tags(Resource=arn)["Tags"] == {"a": "x", "b": "2"}
    client.untag_resource(Resource=arn, TagKeys=["a", "nothing"])
    after = client.get_function(FunctionName="new")
    assert after["Tags"] == {"b": "2"}
    assert after["Configuration"]["RevisionId"] != before["Configuration"]["RevisionId"]
    client.untag_resource(Resource=arn, TagKeys=["b"])
    assert "Tags" not in client.get_function(FunctionName="new")
    client.delete_function(FunctionName="new")
    assert refused(client.list_tags, Resource=arn) == (404, MISSING, f"Function not found: {arn}")


def test_la09_mappings_have_tags_too(client: Any) -> None:
    mapping = client.create_event_source_mapping(
        FunctionName="worker", EventSourceArn=f"{QUEUE_ARN}jobs", Tags={"a": "1"}
    )
    arn = mapping["EventSourceMappingArn"]
    assert client.list_tags(Resource=arn)["Tags"] == {"a": "1"}
    other = arn[:-1] + ("0" if arn[-1] != "0" else "1")
    assert refused(client.list_tags, Resource=other) == (404, MISSING, f"Event source mapping not found: {other}")


def test_la09_what_aws_refuses_of_tags(client: Any) -> None:
    qualified = refused(client.tag_resource, Resource=f"{ARN}echo:$LATEST", Tags={"a": "b"})
    words = "Tags on function aliases and versions are not supported. Please specify a function ARN."
    assert qualified == (400, INVALID, words)
    empty = refused(client.tag_resource, Resource=f"{ARN}echo", Tags={})
    assert empty == (400, INVALID, "An error occurred and the request cannot be processed.")
    many = refused(client.tag_resource, Resource=f"{ARN}echo", Tags={f"key{n}": "" for n in range(51)})
    assert many == (400, INVALID, "Number of tags exceeds resource tag limit.")


def test_la09_the_accounts_limits_and_what_is_used_of_them(client: Any) -> None:
    settings = client.get_account_settings()
    assert settings["AccountLimit"] == {
        "TotalCodeSize": 80530636800,
        "CodeSizeUnzipped": 262144000,
        "CodeSizeZipped": 52428800,
        "ConcurrentExecutions": 1000,
        "UnreservedConcurrentExecutions": 998,
    }
    assert settings["AccountUsage"] == {"TotalCodeSize": 0, "FunctionCount": 2}


def test_la09_recursive_loops_are_stopped_unless_they_are_allowed(client: Any) -> None:
    assert client.get_function_recursion_config(FunctionName="echo")["RecursiveLoop"] == "Terminate"
    assert client.put_function_recursion_config(FunctionName="echo", RecursiveLoop="Allow")["RecursiveLoop"] == "Allow"
    client.update_function_configuration(FunctionName="echo", Timeout=9)
    assert client.get_function_recursion_config(FunctionName="echo")["RecursiveLoop"] == "Allow"


def test_la09_settings_that_a_function_does_not_have(client: Any) -> None:
    assert set(client.get_function_code_signing_config(FunctionName="echo")) == {"ResponseMetadata"}
    missing = refused(client.get_function_code_signing_config, FunctionName="no")
    assert missing == (404, MISSING, f"Function not found: {ARN}no")
    managed = client.get_runtime_management_config(FunctionName="echo")
    assert (managed["UpdateRuntimeOn"], managed["FunctionArn"]) == ("Auto", f"{ARN}echo:$LATEST")
    assert client.list_provisioned_concurrency_configs(FunctionName="echo")["ProvisionedConcurrencyConfigs"] == []


def test_la09_provisioned_concurrency_is_read_and_refused_by_name(client: Any) -> None:
    client.publish_version(FunctionName="echo")
    none = refused(client.get_provisioned_concurrency_config, FunctionName="echo", Qualifier="1")
    words = "No Provisioned Concurrency Config found for this function"
    assert none == (404, "ProvisionedConcurrencyConfigNotFoundException", words)
    alias = refused(client.get_provisioned_concurrency_config, FunctionName="echo", Qualifier="no")
    assert alias == (404, MISSING, f"Cannot find alias arn: {ARN}echo:no")
    version = refused(client.get_provisioned_concurrency_config, FunctionName="echo", Qualifier="10")
    assert version == (404, MISSING, f"Function not found: {ARN}echo:10")
    latest = refused(client.get_provisioned_concurrency_config, FunctionName="echo", Qualifier="$LATEST")
    assert latest == (400, INVALID, "The function resource provided must be an alias or a published version.")
    put = {"FunctionName": "echo", "Qualifier": "1", "ProvisionedConcurrentExecutions": 1}
    assert refused(client.put_provisioned_concurrency_config, **put)[:2] == (501, "NotImplementedException")


def test_la02_an_error_of_invoke_alone(client: Any) -> None:
    latest = {"FunctionName": "echo", "Qualifier": "$LATEST.PUBLISHED"}
    assert refused(client.invoke, **latest)[:2] == (400, "NoPublishedVersionException")
    client.publish_version(FunctionName="echo")
    assert client.invoke(**latest, InvocationType="DryRun")["StatusCode"] == 204


def test_la02_durable_executions_are_refused_by_name(client: Any) -> None:
    answer = refused(client.invoke, FunctionName="echo", DurableExecutionName="one")
    assert answer[:2] == (501, "NotImplementedException")


def test_fu32_fu33_streams_and_tenants_are_refused_by_name(client: Any) -> None:
    stream = refused(
        client.create_function_url_config, FunctionName="worker", AuthType="NONE", InvokeMode="RESPONSE_STREAM"
    )
    assert stream[2] == "CreateFunctionUrlConfig with InvokeMode RESPONSE_STREAM is not emulated"
    tenants = {"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}
    answer = refused(client.create_function, **NEW, **tenants, Code={"ZipFile": archive(CODE)})
    assert answer[2] == "CreateFunction with TenancyConfig is not emulated"


def test_es51_a_mapping_names_its_metrics(client: Any) -> None:
    given = {"FunctionName": "worker", "EventSourceArn": f"{QUEUE_ARN}jobs"}
    made = client.create_event_source_mapping(**given, MetricsConfig={"Metrics": ["EventCount", "ErrorCount"]})
    assert made["MetricsConfig"] == {"Metrics": ["EventCount", "ErrorCount"]}
    changed = client.update_event_source_mapping(UUID=made["UUID"], MetricsConfig={"Metrics": []})
    assert changed["MetricsConfig"] == {"Metrics": []}
    wrong = {**given, "MetricsConfig": {"Metrics": ["Everything"]}}
    assert refused(client.create_event_source_mapping, **wrong)[1] == "ValidationException"


def test_es53_disabled_at_once_and_mappings_of_nobody(client: Any) -> None:
    given = {"FunctionName": "worker", "EventSourceArn": f"{QUEUE_ARN}jobs"}
    assert client.create_event_source_mapping(**given, Enabled=False)["State"] == "Disabled"
    assert client.list_event_source_mappings(FunctionName="nobody")["EventSourceMappings"] == []
    assert refused(client.create_event_source_mapping, FunctionName="worker") == (
        400,
        INVALID,
        "Unrecognized event source.",
    )
