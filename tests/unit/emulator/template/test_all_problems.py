"""All problems of a template are reported at once, each with its path and cure, and nothing that only follows from them."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.template import Place, TemplateError, load_file, load_text, problems_in
from emulator.template.foreign_formats import CURE

PLACE = Place(queue_url=lambda name: f"http://sqs/{name}", function_url=lambda position: f"http://url/{position}/")
FUNCTION = "{Type: AWS::Lambda::Function, Properties: {PackageType: Image, Code: {ImageUri: i}%s}}"


def refused(text: str) -> list[str]:
    with pytest.raises(TemplateError) as error:
        load_text(text, place=PLACE, parameters={})
    return sorted(str(problem) for problem in problems_in(error.value))


def test_problems_in_several_resources_and_several_in_one() -> None:
    found = refused(f"""
Parameters: {{P: {{Type: Number, Default: x}}}}
Resources:
  Q: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 30s, Colour: red, DelaySeconds: 901}}}}
  F: {FUNCTION % ", Timeout: 901, Environment: {Variables: {A: !Ref Nobody}}"}
  B: {{Type: AWS::SQS::Queu}}
""")
    assert [problem.partition(":")[0] for problem in found] == [
        "Parameters.P",
        "Resources.B.Type",
        "Resources.F.Properties.Environment.Variables.A.Ref",
        "Resources.F.Properties.Timeout",
        "Resources.Q.Properties.Colour",
        "Resources.Q.Properties.DelaySeconds",
        "Resources.Q.Properties.VisibilityTimeout",
    ]


def test_what_refers_to_a_resource_with_problems_is_no_problem_itself() -> None:
    (problem,) = refused("""
Resources:
  Q: {Type: AWS::SQS::Queue}
  F: {Type: AWS::Lambda::Function, Properties: {PackageType: Image}}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F}}
  U: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !GetAtt F.Arn, AuthType: NONE}}
""")
    assert problem == "Resources.F.Properties.Code: is missing; it needs an ImageUri"


def test_a_name_that_is_not_allowed_hides_no_other_problem() -> None:
    found = refused(f"""
Resources:
  Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: ../../x}}}}
  F: {FUNCTION % ", FunctionName: a b"}
  G: {FUNCTION % ", Timeout: 901"}
  R: {{Type: AWS::SQS::Queue}}
  M: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{EventSourceArn: !GetAtt R.Arn, FunctionName: !Ref F}}}}
  U: {{Type: AWS::Lambda::Url, Properties: {{TargetFunctionArn: !GetAtt F.Arn, AuthType: NONE}}}}
""")
    assert [problem.partition(":")[0] for problem in found] == [
        "Resources.F.Properties.FunctionName",
        "Resources.G.Properties.Timeout",
        "Resources.Q.Properties.QueueName",
    ]


def test_a_required_property_that_cannot_be_resolved_is_not_reported_as_missing() -> None:
    (problem,) = refused("""
Resources:
  Q: {Type: AWS::SQS::Queue}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref Nobody}}
""")
    assert "Nobody is neither a parameter nor a resource" in problem


def test_what_uses_a_parameter_with_a_problem_is_no_problem_itself() -> None:
    """Neither are conditions and names that depend on it, nor is anything if a parameter is given that does not exist."""
    text = """
Parameters: {P: {Type: Number}, N: {Type: String, Default: jobs}}
Conditions: {Big: !Equals [!Ref P, 3]}
Resources:
  Q: {Type: AWS::SQS::Queue, Condition: Big, Properties: {QueueName: !Sub "${N}-${P}", VisibilityTimeout: !Ref P}}
"""
    (problem,) = refused(text)
    assert problem == "Parameters.P: has no Default; give it a value when you start the emulator: --parameter P=…"
    with pytest.raises(TemplateError) as error:
        load_text(text, place=PLACE, parameters={"P": "3", "Nothing": "x"})
    assert str(error.value) == "the template has no parameter Nothing; its parameters are P, N"


def test_several_problems_have_a_line_each(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text("Resources: {A: {Type: 3}, B: {Type: AWS::SQS::Queue, Properties: {Colour: red}}}")
    with pytest.raises(TemplateError) as error:
        load_file(path, place=PLACE, parameters={})
    assert str(error.value).splitlines() == [
        "two.yaml: 2 problems:",
        "  Resources.A: needs a Type",
        "  Resources.B.Properties.Colour: AWS::SQS::Queue has no property Colour; correct its name, or remove it",
    ]


def test_keys_that_are_numbers_or_have_dots_are_problems() -> None:
    text = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {PackageType: Image, Code: {%s}, %s}}}"
    found = refused(text % ("ImageUri: i, 2: x, a.b: y", "1: a, c.d: b"))
    assert [problem.partition(": AWS")[0].removeprefix("Resources.F.Properties.") for problem in found] == [
        "1",
        "Code.2",
        "Code.a.b",
        "c.d",
    ]


def test_a_null_is_a_problem_as_on_aws() -> None:
    (problem,) = refused(f"Resources: {{F: {FUNCTION % ', Environment: {Variables: {KEY: null}}'}}}")
    assert problem.startswith(
        "Resources.F.Properties.Environment.Variables.KEY: is null, which CloudFormation does not"
    )


FOREIGN = {
    "main.tf": ('resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\n}\n', "a Terraform file"),
    "template.yaml": ('provider "aws" {\n  region = "us-east-1"\n}\n', "a Terraform file"),
    "serverless.yml": ("service: jobs\nprovider: {name: aws}\nfunctions: {f: {handler: a.b}}\n", "a serverless.yml"),
    "compose.yaml": ("services: {f: {image: i}}\n", "a file of Docker Compose"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_tool_is_recognised(tmp_path: Path, name: str) -> None:
    text, what = FOREIGN[name]
    (tmp_path / name).write_text(text)
    with pytest.raises(TemplateError) as error:
        load_file(tmp_path / name, place=PLACE, parameters={})
    assert f"this is {what}" in str(error.value)
    assert str(error.value).endswith(CURE)


TYPES = (
    "AWS::SQS::Queue",
    "AWS::Lambda::Function",
    "AWS::Lambda::Url",
    "AWS::Lambda::Alias",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Serverless::Function",
    "AWS::S3::Bucket",
)
WORDS = ["Image", "Q", "R", "Q.Arn", "String", "Number", "{{resolve:x}}", "{{resolve:ssm:a}}", "", "arn:aws:sns:a:b:c"]
words = st.sampled_from([*WORDS, *TYPES])
keys = st.sampled_from(
    [
        "Type",
        "Properties",
        "Events",
        "Metadata",
        "Ref",
        "Fn::If",
        "Fn::GetAtt",
        "Fn::FindInMap",
        "Fn::Sub",
        "Code",
        "Name",
        "Qualifier",
        "FunctionName",
        "QueueName",
        "FifoQueue",
        "TargetFunctionArn",
        "PackageType",
        "Default",
        "MinLength",
        "MinValue",
        "AllowedValues",
        "AllowedPattern",
        "Q",
        "Layers",
        "Tags",
        "Architectures",
        "DeadLetterConfig",
        "DestinationConfig",
        "TargetArn",
        "InvokeMode",
        "Environment",
        "Variables",
        "Fn::ImportValue",
        "Fn::GetAZs",
        "Fn::Base64",
        "CodeUri",
        "Content",
        1,
    ]
)
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
resource = st.fixed_dictionaries({"Type": st.sampled_from(TYPES), "Properties": trees}, optional={"Condition": trees})
sections = st.sampled_from(["Parameters", "Conditions", "Mappings", "Outputs", "Globals", "Transform"])


@settings(max_examples=400)
@given(
    st.dictionaries(st.sampled_from(["Q", "R", "S"]), resource | trees, max_size=3),
    st.dictionaries(sections, st.dictionaries(words, trees, max_size=2) | trees, max_size=3),
    st.booleans(),
)
def test_no_tree_is_a_traceback(resources: dict, others: dict, sam: bool) -> None:
    transform = {"Transform": "AWS::Serverless-2016-10-31"} if sam else {}
    text = yaml.safe_dump({**others, "Resources": resources, **transform})
    try:
        load_text(text, place=PLACE, parameters={})
    except TemplateError as error:
        assert problems_in(error)
