"""SAM templates: restated public ones, and the problems that the translator reports."""

from pathlib import Path

import pytest

from emulator.resources import Resources
from emulator.template import Place, TemplateError, load_file, load_text, problems_in

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
PLACE = Place(queue_url=lambda name: f"http://sqs/{name}", function_url=lambda position: f"http://url/{position}/")
HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"


def load(name: str, **parameters: str) -> Resources:
    return load_file(TEMPLATES / name, place=PLACE, parameters=parameters)


def test_functions_get_globals_and_images_are_named_as_sam_build_names_them() -> None:
    receive, process = load("photos.sam.yaml").functions
    assert (receive.name, receive.image_uri, receive.timeout_s, receive.memory_mb) == ("receive", "receive:v2", 60, 512)
    assert (process.name, process.image_uri, process.memory_mb) == ("process", "process:latest", 1024)
    assert process.command == ("app.handler",)
    assert dict(receive.environment) == {"STAGE": "dev", "QUEUE_URL": "http://sqs/photos-dev"}


def test_an_sqs_event_is_a_mapping() -> None:
    (mapping,) = load("photos.sam.yaml", Stage="test").mappings
    assert mapping.queue_and_function == ("photos-test", "process")
    assert (mapping.batch_size, mapping.maximum_concurrency, mapping.report_batch_item_failures) == (5, 2, True)


def test_fu30_a_functions_url_config_is_a_url_that_everyone_may_call() -> None:
    resources = load("photos.sam.yaml")
    (url,) = resources.urls
    assert (url.function, url.auth_type, url.not_granted) == ("receive", "NONE", ())
    assert resources.outputs == {"Url": "http://url/0/"}


def test_what_is_not_emulated_is_named_with_the_events_that_it_would_send() -> None:
    named = load("orders.sam.yaml").not_emulated
    for expected in (
        "Table (AWS::DynamoDB::Table)",
        "Bucket (AWS::S3::Bucket)",
        "WorkerRole (AWS::IAM::Role)",
        "event Http of Worker (Api)",
        "event Nightly of Worker (Schedule)",
        "WorkerClicks from arn:aws:kinesis:us-east-1:000000000000:Stream (AWS::Lambda::EventSourceMapping)",
    ):
        assert expected in named
    vpc = "VpcConfig (Process): the function is on this machine's network, not in the VPC"
    assert vpc in load("photos.sam.yaml").differences


def test_an_alias_stands_for_the_latest_version() -> None:
    resources = load("orders.sam.yaml")
    (worker,), (url,), (mapping,), (retries,) = (
        resources.functions,
        resources.urls,
        resources.mappings,
        resources.event_invokes,
    )
    assert url.function == mapping.function == retries.function == worker.name == "facepipe-Worker"
    assert (mapping.queue, mapping.batch_size, retries.maximum_retries) == ("orders.fifo", 1, 1)
    assert (url.auth_type, worker.reserved_concurrency) == ("AWS_IAM", 5)


def test_cloudformation_without_sam_has_mappings_and_parameters_of_all_types() -> None:
    resources = load("regions.yaml", Level="debug")
    assert [mapping.batch_size for mapping in resources.mappings] == [7]
    (worker,) = resources.functions
    assert dict(worker.environment) == {"COLOUR": "green", "LEVEL": "debug"}
    assert {"Board (AWS::CloudWatch::Dashboard)", "Note (Custom::Note)"} <= set(resources.not_emulated)


def test_a_parameter_in_systems_manager_needs_a_value() -> None:
    with pytest.raises(TemplateError, match="Parameters.Level: takes its value from the parameter /app/level") as error:
        load("regions.yaml")
    assert "give it a value" in str(error.value)


def test_a_parameter_that_breaks_its_pattern_is_refused_with_its_description() -> None:
    with pytest.raises(TemplateError, match=r"Parameters.Stage: 'X1' does not match .* \(two to eight small letters\)"):
        load("photos.sam.yaml", Stage="X1")


def refused(text: str) -> list[str]:
    with pytest.raises(TemplateError) as error:
        load_text(text, place=PLACE, parameters={})
    return [str(problem) for problem in problems_in(error.value)]


def test_all_problems_of_a_sam_template_are_reported_with_path_and_cure() -> None:
    wrong = "  A: {Type: AWS::Serverless::Function, Properties: {Colour: red, CodeUri: ./a, Handler: x.y}}\n"
    no_image = "  B: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}}\n"
    first, second = sorted(refused(HEAD + wrong + no_image))
    assert first.startswith("Resources.A: property Colour not defined")
    (near,) = refused(HEAD + "  A: {Type: AWS::Serverless::Function, Properties: {MemorySiz: 1, InlineCode: x}}\n")
    assert near.endswith("; did you mean MemorySize?")
    assert second.startswith("Resources.B: 'ImageUri' must be set; name the image, or add Metadata")


def test_a_zip_function_has_the_folder_that_its_template_names() -> None:
    zipped = "  A: {Type: AWS::Serverless::Function, Properties: {CodeUri: ../a, Handler: x.y, Runtime: python3.12}}\n"
    (function,) = load_text(HEAD + zipped, place=PLACE, parameters={}).functions
    assert (function.source.folder, function.command, function.runtime) == ("../a", ("x.y",), "python3.12")


def test_an_image_function_has_the_context_that_its_metadata_name() -> None:
    receive, process = load("photos.sam.yaml").functions
    assert (receive.source.context, process.source.context) == ("./receive", "./process")
    assert process.source.dockerfile == "Dockerfile"


LAYERED = """Resources:
  Local: {Type: AWS::Lambda::LayerVersion, Properties: {Content: ./shared}}
  Far: {Type: AWS::Lambda::LayerVersion, Properties: {Content: {S3Bucket: b, S3Key: k}}}
  F:
    Type: AWS::Lambda::Function
    Properties:
      Code: ./f
      Handler: app.h
      Runtime: python3.12
      Layers: [!Ref Local, !Ref Far, "arn:aws:lambda:us-east-1:1:layer:powertools:7"]
"""


def test_layers_with_a_local_path_are_the_functions_and_others_are_named() -> None:
    loaded = load_text(LAYERED, place=PLACE, parameters={})
    (function,) = loaded.functions
    assert function.source.layers == ("./shared",)
    assert loaded.not_emulated == ("Far (AWS::Lambda::LayerVersion)",)
    (difference,) = loaded.differences
    assert difference.startswith("Layers (F): arn:aws:lambda:us-east-1:1:layer:powertools:7 is not on this machine")


def test_inline_code_is_kept_as_text() -> None:
    properties = "Code: {ZipFile: 'def h(e, c): return 1'}, Handler: index.h, Runtime: python3.12"
    text = f"Resources: {{A: {{Type: AWS::Lambda::Function, Properties: {{{properties}}}}}}}"
    (function,) = load_text(text, place=PLACE, parameters={}).functions
    assert function.source.inline == "def h(e, c): return 1"


@pytest.mark.parametrize(
    "resources", ["[1]", "{A: 1}", "{A: {Type: AWS::Serverless::Function, Properties: [1]}}", "{}"]
)
def test_a_malformed_sam_template_is_a_problem_and_no_traceback(resources: str) -> None:
    assert refused(f"Transform: AWS::Serverless-2016-10-31\nResources: {resources}")
    assert refused(f"Transform: [AWS::Serverless-2016-10-31]\nGlobals: 3\nResources: {resources}")


def test_a_sam_template_without_its_transform_is_no_template_without_functions() -> None:
    (problem,) = refused("Resources: {A: {Type: AWS::Serverless::Function, Properties: {}}}")
    assert problem.endswith("is a type of SAM; add Transform: AWS::Serverless-2016-10-31 to the template")


def test_a_permission_for_a_function_of_another_stack_is_named() -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:elsewhere"
    properties = f"{{FunctionName: {arn}, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com}}"
    text = f"Resources: {{P: {{Type: AWS::Lambda::Permission, Properties: {properties}}}}}"
    assert load_text(text, place=PLACE, parameters={}).not_emulated == (f"P for {arn} (AWS::Lambda::Permission)",)


def test_a_nested_application_is_named_and_aws_is_not_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    monkeypatch.setattr(boto3, "client", lambda *_, **__: pytest.fail("AWS was asked"))
    location = "{ApplicationId: arn:aws:serverlessrepo:us-east-1:1:applications/a, SemanticVersion: 1.0.0}"
    text = f"{HEAD}  A: {{Type: AWS::Serverless::Application, Properties: {{Location: {location}}}}}\n"
    assert load_text(text, place=PLACE, parameters={}).not_emulated == ("A (AWS::CloudFormation::Stack)",)


def test_the_users_aws_profile_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a profile that does not exist")
    assert load("photos.sam.yaml").functions
