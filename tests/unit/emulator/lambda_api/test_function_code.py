"""CreateFunction, UpdateFunctionCode, DeleteFunction: answers and errors as recorded on AWS (LocalStack's snapshots)."""

import base64
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emulator.aws.limits import ARCHIVE_BYTES, UNZIPPED_BYTES
from emulator.lambda_api.code_hosting import Hosting
from emulator.resources import Function
from emulator.resources.code_source import CodeSource
from tests.unit.emulator.lambda_api.archives import CODE, ROLE, archive
from tests.unit.emulator.lambda_api.in_process import ARN, QUEUE_ARN, Emulated, refused

NEW = {"FunctionName": "new", "Role": ROLE, "Runtime": "python3.12", "Handler": "app.handler"}
INVALID = "InvalidParameterValueException"


@pytest.fixture
def emulated(tmp_path: Path) -> Emulated:
    return Emulated(code=tmp_path)


def create(emulated: Emulated, **parameters: Any) -> dict[str, Any]:
    given = {**NEW, "Code": {"ZipFile": archive(CODE)}, **parameters}
    answer: dict[str, Any] = emulated.client().create_function(**given)
    return answer


def test_la05_a_new_function_is_described_as_on_aws(emulated: Emulated) -> None:
    code = archive(CODE)
    emulated.progress.pending = {"new"}
    made = create(emulated, Code={"ZipFile": code}, Description="mine", Environment={"Variables": {"AB": "1"}})
    assert made.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    assert made.pop("LastModified").endswith("+0000")
    assert len(made.pop("RevisionId")) == 36
    assert made == {
        "Architectures": ["x86_64"],
        "CodeSha256": base64.b64encode(hashlib.sha256(code).digest()).decode(),
        "CodeSize": len(code),
        "Description": "mine",
        "Environment": {"Variables": {"AB": "1"}},
        "EphemeralStorage": {"Size": 512},
        "FunctionArn": f"{ARN}new",
        "FunctionName": "new",
        "Handler": "app.handler",
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/new"},
        "MemorySize": 128,
        "PackageType": "Zip",
        "Role": ROLE,
        "Runtime": "python3.12",
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "Timeout": 3,
        "TracingConfig": {"Mode": "PassThrough"},
        "Version": "$LATEST",
    }
    assert emulated.client().get_function(FunctionName="new")["Configuration"]["State"] == "Pending"
    emulated.progress.pending = set()
    described = emulated.client().get_function_configuration(FunctionName="new")
    assert (described["State"], described["LastUpdateStatus"]) == ("Active", "Successful")
    listed = next(f for f in emulated.client().list_functions()["Functions"] if f["FunctionName"] == "new")
    assert not {"State", "LastUpdateStatus"} & set(listed)


def test_la05_other_code_has_another_digest_and_revision_and_is_in_progress_at_first(emulated: Emulated) -> None:
    before = create(emulated)
    other = archive({"app.py": "handler = len\n"})
    answer = emulated.client().update_function_code(FunctionName="new", ZipFile=other)
    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "InProgress")
    assert answer["LastUpdateStatusReasonCode"] == "Creating"
    assert answer["CodeSha256"] == base64.b64encode(hashlib.sha256(other).digest()).decode()
    assert answer["RevisionId"] != before["RevisionId"]
    folder = emulated.stack.functions["new"].source.folder
    assert folder is not None
    assert (Path(folder) / "app.py").read_text() == "handler = len\n"


def test_la05_a_changed_configuration_is_in_progress_and_the_function_stays_active(emulated: Emulated) -> None:
    """It was Pending, as if it were new."""
    create(emulated)
    answer = emulated.client().update_function_configuration(FunctionName="new", Description="changed")
    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "InProgress")
    emulated.progress.pending = {"new"}
    described = emulated.client().get_function_configuration(FunctionName="new")
    assert (described["State"], described["LastUpdateStatus"]) == ("Active", "InProgress")


def test_a_function_that_cannot_be_started_says_why(emulated: Emulated) -> None:
    create(emulated)
    emulated.progress.problems = {"new": "new: there is no Python"}
    described = emulated.client().get_function_configuration(FunctionName="new")
    assert (described["State"], described["StateReason"]) == ("Failed", "new: there is no Python")
    emulated.client().update_function_code(FunctionName="new", ZipFile=archive(CODE))
    described = emulated.client().get_function_configuration(FunctionName="new")
    assert (described["State"], described["LastUpdateStatus"]) == ("Active", "Failed")
    assert described["LastUpdateStatusReason"] == "new: there is no Python"


def test_la03_a_retired_runtime_is_refused_as_recorded(emulated: Emulated) -> None:
    words = (
        "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions."
        " We recommend you use a supported runtime while creating or updating functions."
    )
    code = {"ZipFile": archive(CODE)}
    given = {**NEW, "Code": code, "Runtime": "python3.7"}
    assert refused(emulated.client().create_function, **given)[:3] == (400, INVALID, words)


def test_a_dry_run_changes_nothing(emulated: Emulated) -> None:
    before = create(emulated)
    other = archive({"app.py": "handler = len\n"})
    answer = emulated.client().update_function_code(FunctionName="new", ZipFile=other, DryRun=True)
    assert answer["CodeSha256"] != before["CodeSha256"]
    now = emulated.client().get_function_configuration(FunctionName="new")
    assert (now["CodeSha256"], now["RevisionId"]) == (before["CodeSha256"], before["RevisionId"])
    assert len(list(emulated.code.iterdir())) == 1


def test_a_change_of_another_revision_than_the_latest_is_refused(emulated: Emulated) -> None:
    revision = create(emulated)["RevisionId"]
    client, message = emulated.client(), "The Revision Id provided does not match the latest Revision Id."
    for operation, values in (
        (client.update_function_code, {"ZipFile": archive(CODE)}),
        (client.update_function_configuration, {"Timeout": 9}),
    ):
        status, kind, text = refused(operation, FunctionName="new", RevisionId="wrong", **values)
        assert (status, kind, text.startswith(message)) == (412, "PreconditionFailedException", True)
    client.update_function_code(FunctionName="new", ZipFile=archive(CODE), RevisionId=revision)


def test_a_change_while_another_is_in_progress_is_refused(emulated: Emulated) -> None:
    create(emulated)
    emulated.progress.pending = {"new"}
    client, wait = emulated.client(), "The operation cannot be performed at this time."
    update = {"FunctionName": "new", "ZipFile": archive(CODE)}
    pending = f"{wait} The function is currently in the following state: Pending"
    assert refused(client.update_function_code, **update) == (409, "ResourceConflictException", pending)
    emulated.stack.change_code("new")
    in_progress = f"{wait} An update is in progress for resource: {ARN}new"
    assert refused(client.update_function_code, **update) == (409, "ResourceConflictException", in_progress)
    assert refused(client.update_function_configuration, FunctionName="new", Timeout=4)[2] == in_progress


def test_what_is_no_archive_or_too_large_is_refused_in_aws_words(emulated: Emulated) -> None:
    client = emulated.client()
    unreadable = "Could not unzip uploaded file. Please check your file, then try to upload again."
    assert refused(client.create_function, **NEW, Code={"ZipFile": b"nonsense"}) == (400, INVALID, unreadable)
    bomb = archive({"app.py": bytes(UNZIPPED_BYTES + 1)})
    too_large = f"Unzipped size must be smaller than {UNZIPPED_BYTES} bytes"
    assert refused(client.create_function, **NEW, Code={"ZipFile": bomb}) == (400, INVALID, too_large)
    large = refused(client.create_function, **NEW, Code={"ZipFile": bytes(ARCHIVE_BYTES + 1)})
    expected = f"Zipped size must be smaller than {ARCHIVE_BYTES} bytes"
    assert large == (413, "RequestEntityTooLargeException", expected)
    assert list(emulated.code.iterdir()) == []
    assert "new" not in emulated.stack.functions


@pytest.mark.parametrize(
    ("parameters", "status", "kind", "said"),
    [
        ({"FunctionName": "echo"}, 409, "ResourceConflictException", "Function already exist: echo"),
        ({"FunctionName": "a" * 65}, 400, INVALID, "Member must have length less than or equal to 64"),
        ({"Role": "r1"}, 400, "ValidationException", "Value 'r1' at 'role' failed to satisfy constraint"),
        ({"Timeout": 901}, 400, "ValidationException", "Value '901' at 'timeout' failed to satisfy constraint"),
        ({"Handler": None}, 400, INVALID, "Runtime and Handler are mandatory parameters"),
        ({"Code": {}}, 400, INVALID, "Please provide a source for function code."),
        ({"Code": {"S3Bucket": "bucket", "S3Key": "key"}}, 501, "NotImplementedException", "send the archive itself"),
        ({"Runtime": "nodejs22.x"}, 501, "NotImplementedException", "only Python functions run without Docker"),
        ({"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}, 501, "NotImplementedException", "TenancyConfig"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, 400, INVALID, "reserved keys"),
    ],
)
def test_what_create_function_refuses(
    emulated: Emulated, parameters: dict[str, Any], status: int, kind: str, said: str
) -> None:
    given = {**NEW, "Code": {"ZipFile": archive(CODE)}, **parameters}
    given = {name: value for name, value in given.items() if value is not None}
    answer = refused(emulated.client(parameter_validation=False).create_function, **given)
    assert answer[:2] == (status, kind)
    assert said in answer[2]
    assert list(emulated.code.iterdir()) == []


def test_what_has_no_effect_here_is_taken_and_said(emulated: Emulated, caplog: pytest.LogCaptureFixture) -> None:
    layer = "arn:aws:lambda:us-east-1:000000000000:layer:mine:1"
    create(emulated, Layers=[layer], VpcConfig={"SubnetIds": ["subnet-1"]}, Tags={"a": "b"})
    assert "new: CreateFunction with Layers: layers are not emulated: put what the function needs" in caplog.text
    assert "with VpcConfig" in caplog.text
    assert "SnapStart" not in caplog.text


def test_an_image_function_takes_images_only_and_a_zip_function_archives(emulated: Emulated) -> None:
    create(emulated)
    client = emulated.client()
    image = refused(client.update_function_code, FunctionName="new", ImageUri="image:2")
    assert image == (400, INVALID, "Please don't provide ImageUri when updating a function with packageType Zip.")
    code = refused(client.update_function_code, FunctionName="echo", ZipFile=archive(CODE))
    assert code == (400, INVALID, "Please provide ImageUri when updating a function with packageType Image.")


def test_without_docker_an_image_runs_only_if_the_template_says_where_its_code_is(tmp_path: Path) -> None:
    emulated = Emulated(code=tmp_path)
    client = emulated.client()
    image = {"FunctionName": "other", "Role": ROLE, "PackageType": "Image", "Code": {"ImageUri": "built:latest"}}
    status, _, message = refused(client.create_function, **image)
    assert (status, "start facepipe up --docker, or send the code as ZipFile" in message) == (501, True)
    built = Function("Built", "built", "built:latest", ("app.one",), 3, 128, 512, source=CodeSource(context="images"))
    emulated.stack.functions.put("built", built)
    made = client.create_function(**image, ImageConfig={"Command": ["app.other"]})
    assert made["ImageConfigResponse"]["ImageConfig"] == {"Command": ["app.other"]}
    assert emulated.stack.functions["other"].source.context == "images"


def test_with_containers_any_image_and_runtime_is_taken(tmp_path: Path) -> None:
    emulated = Emulated(code=tmp_path, hosting=Hosting.CONTAINERS)
    create(emulated, Runtime="nodejs22.x")
    made = emulated.client().create_function(
        FunctionName="image", Role=ROLE, PackageType="Image", Code={"ImageUri": "here:1"}
    )
    assert (made["PackageType"], "Runtime" in made) == ("Image", False)
    emulated.client().update_function_code(FunctionName="image", ImageUri="here:2")
    assert emulated.client().get_function(FunctionName="image")["Code"]["ImageUri"] == "here:2"


def test_in_compose_functions_and_urls_cannot_be_added(tmp_path: Path) -> None:
    emulated = Emulated(code=tmp_path, hosting=Hosting.ELSEWHERE)
    client = emulated.client()
    for operation, values in (
        (client.create_function, {**NEW, "Code": {"ZipFile": archive(CODE)}}),
        (client.update_function_code, {"FunctionName": "echo", "ImageUri": "image:2"}),
    ):
        status, kind, message = refused(operation, **values)
        assert (status, kind) == (501, "NotImplementedException")
        assert "add the function to the template and to compose.yaml, or run the project with facepipe up" in message
    assert refused(client.create_function_url_config, FunctionName="worker", AuthType="NONE")[0] == 503
    client.delete_function_url_config(FunctionName="echo")
    assert client.create_function_url_config(FunctionName="worker", AuthType="NONE")["FunctionUrl"].endswith(":9000/")


def test_la01_a_deleted_function_takes_its_url_policy_and_events_with_it_and_leaves_its_mappings(
    emulated: Emulated,
) -> None:
    create(emulated)
    client = emulated.client()
    client.create_function_url_config(FunctionName="new", AuthType="NONE")
    client.add_permission(FunctionName="new", StatementId="s", Action="lambda:InvokeFunction", Principal="*")
    client.put_function_event_invoke_config(FunctionName="new", MaximumRetryAttempts=1)
    mapping = client.create_event_source_mapping(EventSourceArn=f"{QUEUE_ARN}jobs", FunctionName="new")
    gone = client.delete_function(FunctionName="new")
    assert (gone["ResponseMetadata"]["HTTPStatusCode"], gone["StatusCode"]) == (204, 204)
    not_found = (404, "ResourceNotFoundException", f"Function not found: {ARN}new")
    assert refused(client.delete_function, FunctionName="new") == not_found
    assert refused(client.get_function, FunctionName="new") == not_found
    stack = emulated.stack
    assert not [live for live in stack.urls.values() if live.url.function == "new"]
    assert "new" not in stack.event_invokes
    assert client.get_event_source_mapping(UUID=mapping["UUID"])["FunctionArn"] == f"{ARN}new"
    create(emulated)
    assert refused(client.get_policy, FunctionName="new")[0] == 404
    assert refused(client.get_function_url_config, FunctionName="new")[0] == 404


def test_latest_is_not_deleted_alone(emulated: Emulated) -> None:
    create(emulated)
    client = emulated.client()
    latest = refused(client.delete_function, FunctionName="new", Qualifier="$LATEST")
    assert latest == (400, INVALID, "$LATEST version cannot be deleted without deleting the function.")
    assert "new" in emulated.stack.functions


def test_a_template_that_is_applied_again_leaves_functions_alone_that_only_the_api_has_made(emulated: Emulated) -> None:
    create(emulated)
    client = emulated.client()
    client.create_function_url_config(FunctionName="new", AuthType="NONE")
    template = emulated.stack.template
    another = replace(template.urls[0], logical_id="Another", function="worker")
    emulated.stack.apply(replace(template, urls=(*template.urls, another)))
    assert "new" in emulated.stack.functions
    positions = {live.url.function: live.position for live in emulated.stack.urls.values()}
    assert positions == {"echo": 0, "worker": 1, "new": 2}


def test_the_whole_configuration_can_be_changed(emulated: Emulated) -> None:
    create(emulated)
    changes = {
        "Handler": "other.handler",
        "Runtime": "python3.11",
        "Description": "changed",
        "Role": ROLE.replace("anything", "other"),
        "EphemeralStorage": {"Size": 1024},
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/mine"},
        "TracingConfig": {"Mode": "Active"},
        "DeadLetterConfig": {"TargetArn": f"{QUEUE_ARN}spare"},
    }
    version = emulated.stack.functions["new"].code_version
    answer = emulated.client().update_function_configuration(FunctionName="new", **changes)
    for name in set(changes) - {"LoggingConfig"}:
        assert answer[name] == changes[name]
    assert answer["LoggingConfig"]["LogGroup"] == "/mine"
    assert emulated.stack.functions["new"].code_version != version
    described = emulated.client().get_function_configuration(FunctionName="new")
    assert {described[name] == answer[name] for name in changes} == {True}


def test_a_command_that_the_user_has_chosen_runs_any_language(tmp_path: Path) -> None:
    emulated = Emulated(code=tmp_path, with_command={"new"})
    assert create(emulated, Runtime="nodejs22.x")["Runtime"] == "nodejs22.x"
