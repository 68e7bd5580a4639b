"""Versions and aliases: answers and errors as recorded on AWS (LocalStack's snapshots)."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.lambda_api.code_hosting import Hosting
from tests.unit.emulator.lambda_api.archives import CODE, ROLE, archive
from tests.unit.emulator.lambda_api.in_process import ARN, QUEUE_ARN, Emulated, refused

INVALID, MISSING = "InvalidParameterValueException", "ResourceNotFoundException"
STALE = (
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the"
    " latest Revision Id"
)


@pytest.fixture
def client(tmp_path: Path) -> Any:
    client = Emulated(code=tmp_path).client()
    code = {"ZipFile": archive(CODE)}
    client.create_function(FunctionName="new", Role=ROLE, Runtime="python3.12", Handler="app.handler", Code=code)
    return client


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_la06_a_version_is_described_by_its_own_arn(client: Any) -> None:
    before = client.get_function_configuration(FunctionName="new")["RevisionId"]
    version = client.publish_version(FunctionName="new", Description="the first")
    assert version["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (version["Version"], version["FunctionArn"], version["Description"]) == ("1", f"{ARN}new:1", "the first")
    assert (version["State"], version["LastUpdateStatus"]) == ("Active", "Successful")
    assert plain(client.get_function_configuration(FunctionName="new", Qualifier="1")) == plain(version)
    assert client.get_function(FunctionName=f"{ARN}new:1")["Configuration"] == plain(version)
    latest = client.get_function_configuration(FunctionName="new", Qualifier="$LATEST")
    assert (latest["FunctionArn"], latest["Version"], latest["Description"]) == (f"{ARN}new:$LATEST", "$LATEST", "")
    assert latest["RevisionId"] not in (before, version["RevisionId"])


def test_la06_nothing_new_is_published_of_a_function_that_was_not_changed(client: Any) -> None:
    first = client.publish_version(FunctionName="new", Description="the first")
    assert plain(client.publish_version(FunctionName="new")) == plain(first)
    client.update_function_configuration(FunctionName="new", Description="changed")
    second = client.publish_version(FunctionName="new")
    assert (second["Version"], second["Description"]) == ("2", "changed")
    client.update_function_code(FunctionName="new", ZipFile=archive({"app.py": "handler = None"}))
    assert client.publish_version(FunctionName="new")["Version"] == "3"
    listed = client.list_versions_by_function(FunctionName="new")["Versions"]
    assert [(entry["Version"], entry["FunctionArn"]) for entry in listed] == [
        (version, f"{ARN}new:{version}") for version in ("$LATEST", "1", "2", "3")
    ]
    assert not any({"State", "LastUpdateStatus"} & set(entry) for entry in listed)
    assert len({entry["CodeSha256"] for entry in listed}) == 2


def test_la06_a_version_never_changes(client: Any) -> None:
    first = client.publish_version(FunctionName="new")
    client.update_function_configuration(FunctionName="new", Timeout=9, Environment={"Variables": {"AB": "1"}})
    client.put_function_concurrency(FunctionName="new", ReservedConcurrentExecutions=3)
    client.update_function_code(FunctionName="new", ZipFile=archive({"app.py": "handler = None"}))
    assert plain(client.get_function_configuration(FunctionName="new", Qualifier="1")) == plain(first)


def test_la06_what_is_published_of_an_active_function_is_active_at_once(tmp_path: Path) -> None:
    emulated = Emulated(code=tmp_path)
    client = emulated.client()
    emulated.progress.pending = {"echo:1"}
    assert client.publish_version(FunctionName="echo")["State"] == "Active"
    emulated.progress.pending = {"echo", "echo:1"}
    assert client.get_function_configuration(FunctionName="echo", Qualifier="1")["State"] == "Pending"


def test_la06_create_and_update_can_publish(tmp_path: Path) -> None:
    client = Emulated(code=tmp_path).client()
    given = {"FunctionName": "new", "Role": ROLE, "Runtime": "python3.12", "Handler": "app.handler"}
    made = client.create_function(**given, Code={"ZipFile": archive(CODE)}, Publish=True)
    assert (made["Version"], made["FunctionArn"], made["State"]) == ("1", f"{ARN}new", "Pending")
    changed = client.update_function_code(FunctionName="new", ZipFile=archive({"app.py": "1"}), Publish=True)
    assert (changed["Version"], changed["FunctionArn"], changed["State"]) == ("2", f"{ARN}new:2", "Pending")
    assert "LastUpdateStatus" not in changed


def test_la06_only_what_the_caller_means_is_published(client: Any) -> None:
    sha256 = client.get_function_configuration(FunctionName="new")["CodeSha256"]
    assert refused(client.publish_version, FunctionName="new", CodeSha256="another") == (
        400,
        INVALID,
        (
            f"CodeSHA256 (another) is different from current CodeSHA256 in $LATEST ({sha256})."
            " Please try again with the CodeSHA256 in $LATEST."
        ),
    )
    assert refused(client.publish_version, FunctionName="new", RevisionId="another") == (
        412,
        "PreconditionFailedException",
        STALE,
    )
    assert client.publish_version(FunctionName="new", CodeSha256=sha256)["Version"] == "1"


def test_la06_numbers_are_not_used_twice_until_the_function_is_made_again(client: Any) -> None:
    client.publish_version(FunctionName="new")
    assert client.delete_function(FunctionName="new", Qualifier="1")["ResponseMetadata"]["HTTPStatusCode"] == 204
    missing = refused(client.get_function, FunctionName="new", Qualifier="1")
    assert missing == (404, MISSING, f"Function not found: {ARN}new:1")
    assert client.publish_version(FunctionName="new")["Version"] == "2"
    client.delete_function(FunctionName="new")
    client.create_function(
        FunctionName="new", Role=ROLE, Runtime="python3.12", Handler="app.handler", Code={"ZipFile": archive(CODE)}
    )
    assert client.publish_version(FunctionName="new")["Version"] == "1"


def test_la06_all_versions_are_listed_if_asked_for(client: Any) -> None:
    client.publish_version(FunctionName="new")
    listed = client.list_functions(FunctionVersion="ALL")["Functions"]
    arns = [entry["FunctionArn"] for entry in listed if entry["FunctionName"] == "new"]
    assert arns == [f"{ARN}new:$LATEST", f"{ARN}new:1"]
    assert [e["FunctionArn"] for e in client.list_functions()["Functions"] if e["FunctionName"] == "new"] == [
        f"{ARN}new"
    ]


def test_la06_without_environments_of_its_own_the_emulator_publishes_nothing(tmp_path: Path) -> None:
    client = Emulated(code=tmp_path, hosting=Hosting.ELSEWHERE).client()
    status, kind, message = refused(client.publish_version, FunctionName="echo")
    assert (status, kind) == (501, "NotImplementedException")
    assert message.startswith("PublishVersion is not emulated: the containers of docker compose")


def test_la07_an_alias_is_made_changed_listed_and_deleted(client: Any) -> None:
    client.publish_version(FunctionName="new")
    client.update_function_configuration(FunctionName="new", Timeout=9)
    client.publish_version(FunctionName="new")
    made = client.create_alias(FunctionName="new", Name="live", FunctionVersion="1", Description="ours")
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    revision = made["RevisionId"]
    assert plain(made) == {
        "AliasArn": f"{ARN}new:live",
        "Name": "live",
        "FunctionVersion": "1",
        "Description": "ours",
        "RevisionId": revision,
    }
    assert plain(client.get_alias(FunctionName="new", Name="live")) == plain(made)
    moved = client.update_alias(FunctionName="new", Name="live", FunctionVersion="2", RevisionId=revision)
    assert (moved["FunctionVersion"], moved["Description"]) == ("2", "ours")
    assert moved["RevisionId"] != revision
    client.create_alias(FunctionName="new", Name="2024-01-02", FunctionVersion="$LATEST", RoutingConfig={})
    names = [alias["Name"] for alias in client.list_aliases(FunctionName="new")["Aliases"]]
    assert names == ["2024-01-02", "live"]
    assert [a["Name"] for a in client.list_aliases(FunctionName="new", FunctionVersion="2")["Aliases"]] == ["live"]
    for _ in range(2):  # on AWS it is no error if there is none
        deleted = client.delete_alias(FunctionName="new", Name="live")
        assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refused(client.get_alias, FunctionName="new", Name="live") == (
        404,
        MISSING,
        f"Cannot find alias arn: {ARN}new:live",
    )


def test_la07_a_function_is_described_by_its_alias(client: Any) -> None:
    version = client.publish_version(FunctionName="new")
    client.create_alias(FunctionName="new", Name="live", FunctionVersion="1")
    described = client.get_function(FunctionName="new", Qualifier="live")["Configuration"]
    assert described == {**plain(version), "FunctionArn": f"{ARN}new:live"}
    assert client.get_function(FunctionName=f"{ARN}new:live")["Configuration"] == described


def test_la07_what_aws_refuses_of_an_alias(client: Any) -> None:
    client.publish_version(FunctionName="new")
    client.create_alias(FunctionName="new", Name="live", FunctionVersion="1")
    twice = refused(client.create_alias, FunctionName="new", Name="live", FunctionVersion="1")
    assert twice == (409, "ResourceConflictException", f"Alias already exists: {ARN}new:live")
    unknown = refused(client.create_alias, FunctionName="new", Name="other", FunctionVersion="10")
    assert unknown == (404, MISSING, f"Function not found: {ARN}new:10")
    number = refused(client.create_alias, FunctionName="new", Name="2024", FunctionVersion="1")
    assert number[1:] == (
        "ValidationException",
        (
            "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular"
            " expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
        ),
    )
    missing = refused(client.update_alias, FunctionName="new", Name="no")
    assert missing == (404, MISSING, f"Alias not found: {ARN}new:no")
    assert refused(client.update_alias, FunctionName="new", Name="live", RevisionId="x")[2] == STALE
    no_function = refused(client.create_alias, FunctionName="nobody", Name="live", FunctionVersion="1")
    assert no_function == (404, MISSING, f"Function not found: {ARN}nobody:1")
    assert refused(client.delete_function, FunctionName="new", Qualifier="live")[1] == INVALID


@pytest.mark.parametrize(
    ("version", "weights", "message"),
    [
        ("1", {"1": 0.1, "2": 0.1}, "Number of items in AdditionalVersionWeights cannot be greater than 1"),
        ("$LATEST", {"1": 0.5}, "$LATEST is not supported for an alias pointing to more than 1 version"),
        (
            "1",
            {"1": 0.5},
            "Invalid function version 1. Function version 1 is already included in routing configuration.",
        ),
    ],
)
def test_la07_weights_are_refused_as_on_aws(client: Any, version: str, weights: dict[str, float], message: str) -> None:
    client.publish_version(FunctionName="new")
    given = {"FunctionName": "new", "Name": "live", "FunctionVersion": version}
    answer = refused(client.create_alias, **given, RoutingConfig={"AdditionalVersionWeights": weights})
    assert answer == (400, INVALID, message)


def test_la07_an_alias_of_two_versions_is_refused_by_name(client: Any) -> None:
    client.publish_version(FunctionName="new")
    client.update_function_configuration(FunctionName="new", Timeout=9)
    client.publish_version(FunctionName="new")
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    given = {"FunctionName": "new", "Name": "live", "FunctionVersion": "1", "RoutingConfig": weights}
    status, kind, message = refused(client.create_alias, **given)
    assert (status, kind) == (501, "NotImplementedException")
    assert message.startswith("CreateAlias with RoutingConfig")


def test_la07_a_version_that_an_alias_names_is_not_deleted(client: Any) -> None:
    client.publish_version(FunctionName="new")
    client.create_alias(FunctionName="new", Name="live", FunctionVersion="1")
    assert refused(client.delete_function, FunctionName="new", Qualifier="1")[:2] == (409, "ResourceConflictException")


def test_la07_policies_urls_mappings_and_event_configurations_are_those_of_their_qualifier(client: Any) -> None:
    client.publish_version(FunctionName="new")
    client.create_alias(FunctionName="new", Name="live", FunctionVersion="1")
    grant = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", "StatementId": "s3"}
    client.add_permission(FunctionName="new", Qualifier="live", **grant)
    statement = json.loads(client.get_policy(FunctionName="new", Qualifier="live")["Policy"])["Statement"][0]
    assert statement["Resource"] == f"{ARN}new:live"
    assert refused(client.get_policy, FunctionName="new")[0] == 404
    assert refused(client.add_permission, FunctionName="new", Qualifier="no", **grant) == (
        404,
        MISSING,
        f"Cannot find alias arn: {ARN}new:no",
    )
    url = client.create_function_url_config(FunctionName="new", Qualifier="live", AuthType="NONE")
    assert url["FunctionArn"] == f"{ARN}new:live"
    own = client.create_function_url_config(FunctionName="new", AuthType="NONE")
    assert own["FunctionArn"] == f"{ARN}new"
    assert len(client.list_function_url_configs(FunctionName="new")["FunctionUrlConfigs"]) == 2
    config = client.put_function_event_invoke_config(FunctionName="new", Qualifier="live", MaximumRetryAttempts=0)
    assert config["FunctionArn"] == f"{ARN}new:live"
    assert refused(client.get_function_event_invoke_config, FunctionName="new")[2] == (
        f"The function {ARN}new:$LATEST doesn't have an EventInvokeConfig"
    )
    mapping = client.create_event_source_mapping(FunctionName="new:live", EventSourceArn=f"{QUEUE_ARN}jobs")
    assert mapping["FunctionArn"] == f"{ARN}new:live"
    qualified = refused(client.put_function_concurrency, FunctionName="new:1", ReservedConcurrentExecutions=1)
    assert qualified[:2] == (400, INVALID)


def test_la07_a_function_is_deleted_with_all_that_belongs_to_its_versions(tmp_path: Path) -> None:
    emulated = Emulated(code=tmp_path)
    client, stack = emulated.client(), emulated.stack
    client.publish_version(FunctionName="echo")
    client.create_alias(FunctionName="echo", Name="live", FunctionVersion="1")
    client.create_function_url_config(FunctionName="echo", Qualifier="live", AuthType="NONE")
    client.put_function_event_invoke_config(FunctionName="echo", Qualifier="live", MaximumRetryAttempts=0)
    client.delete_function(FunctionName="echo")
    assert not stack.versions.published
    assert not stack.versions.aliases
    assert not stack.event_invokes
    assert not stack.urls_of("echo")


def test_la08_a_function_of_another_region_is_out_of_reach(client: Any) -> None:
    elsewhere = ARN.replace("us-east-1", "eu-west-1") + "new"
    for operation in (client.get_function, client.invoke, client.get_function_url_config, client.delete_function):
        assert refused(operation, FunctionName=elsewhere) == (
            404,
            MISSING,
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        )
    given = {"Role": ROLE, "Runtime": "python3.12", "Handler": "app.handler", "Code": {"ZipFile": archive(CODE)}}
    assert refused(client.create_function, **given, FunctionName=elsewhere)[:2] == (404, MISSING)
    another = ARN.replace("000000000000", "111111111111") + "new"
    assert refused(client.create_function, **given, FunctionName=another)[:2] == (403, "AccessDeniedException")


def test_la08_configurations_of_events_have_words_of_their_own(client: Any) -> None:
    missing = (404, MISSING, "The function doesn't exist.")
    put = {"FunctionName": "nobody", "MaximumRetryAttempts": 1}
    assert refused(client.put_function_event_invoke_config, **put) == missing
    assert refused(client.update_function_event_invoke_config, **put) == missing
    assert refused(client.put_function_event_invoke_config, **{**put, "FunctionName": "new:no"}) == missing
    assert refused(client.list_function_event_invoke_configs, FunctionName="nobody") == missing
    for operation in (client.get_function_event_invoke_config, client.delete_function_event_invoke_config):
        none = refused(operation, FunctionName="nobody")
        assert none == (404, MISSING, f"The function {ARN}nobody:$LATEST doesn't have an EventInvokeConfig")
        none = refused(operation, FunctionName="new", Qualifier="no")
        assert none == (404, MISSING, f"The function {ARN}new:no doesn't have an EventInvokeConfig")


def test_la08_an_unknown_runtime_and_the_concurrency_of_nobody(client: Any) -> None:
    status, kind, message = refused(client.update_function_configuration, FunctionName="new", Runtime="PYTHON3.9")
    assert (status, kind) == (400, INVALID)
    words = "Value PYTHON3.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["
    assert message.startswith(words)
    assert message.endswith("] or be a valid ARN")
    nobody = refused(client.put_function_concurrency, FunctionName="nobody", ReservedConcurrentExecutions=1)
    assert nobody == (404, MISSING, f"Function not found: {ARN}nobody:$LATEST")


def test_la08_an_invoke_mode_that_was_given_is_in_the_answer(client: Any) -> None:
    made = client.create_function_url_config(FunctionName="new", AuthType="NONE", InvokeMode="BUFFERED")
    assert made["InvokeMode"] == "BUFFERED"
