"""`{{resolve:…}}` and imported values are the settings', or refused; a function never gets them as text.

The forms are those of the CloudFormation guide, "Get values stored in other services using dynamic references".
"""

from collections.abc import Mapping

import pytest

from emulator.template import Place, TemplateError, load_text
from emulator.template.dynamic_references import OutsideValues

FUNCTION = """Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      Code: {ImageUri: i}
      Environment: {Variables: {KEY: %s}}
"""
ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf"


def key(value: str, given: Mapping[str, str], head: str = "") -> str:
    """Return the variable KEY as the function gets it."""
    place = Place(queue_url=str, function_url=str, outside=OutsideValues(given))
    (function,) = load_text(head + FUNCTION % value, place=place, parameters={}).functions
    return function.environment["KEY"]


RESOLVED = {
    "{{resolve:ssm:/app/key}}": {"ssm:/app/key": "v"},
    "{{resolve:ssm:/app/key:3}}": {"ssm:/app/key": "v"},
    "{{resolve:ssm-secure:/app/key:1}}": {"ssm-secure:/app/key": "v"},
    "{{resolve:secretsmanager:db}}": {"secretsmanager:db": "v"},
    "{{resolve:secretsmanager:db:SecretString}}": {"secretsmanager:db": "v"},
    "{{resolve:secretsmanager:db:SecretString:password}}": {"secretsmanager:db": '{"password": "v"}'},
    "{{resolve:secretsmanager:db:SecretString:password:AWSCURRENT}}": {"secretsmanager:db": '{"password": "v"}'},
    f"{{{{resolve:secretsmanager:{ARN}:SecretString:password}}}}": {f"secretsmanager:{ARN}": '{"password": "v"}'},
    f"{{{{resolve:secretsmanager:{ARN}}}}}": {f"secretsmanager:{ARN}": "v"},
}


@pytest.mark.parametrize("reference", RESOLVED)
def test_a_dynamic_reference_has_the_value_of_the_settings(reference: str) -> None:
    assert key(f'"a-{reference}-b"', RESOLVED[reference]) == "a-v-b"


def test_references_are_resolved_after_sub() -> None:
    assert key('!Sub "{{resolve:ssm:/${AWS::Region}/key}}"', {"ssm:/us-east-1/key": "v"}) == "v"


UNRESOLVED = {
    "{{resolve:ssm:/app/key}}": 'add "ssm:/app/key" = "…" below [resolve] in facepipe.toml, or --resolve ssm:/app/key=…',
    "x-{{resolve:secretsmanager:s:SecretString:k}}": "--resolve secretsmanager:s=…",
    "{{resolve:dynamodb:table}}": "dynamodb:table is not resolved on AWS; use one of ssm, ssm-secure, secretsmanager",
    "{{resolve:ssm:/open": "is no dynamic reference; write it as {{resolve:ssm:NAME}}",
}


@pytest.mark.parametrize("text", UNRESOLVED)
def test_a_dynamic_reference_without_a_value_is_refused_with_path_and_cure(text: str) -> None:
    with pytest.raises(TemplateError) as error:
        key(f'"{text}"', {})
    assert str(error.value).startswith("Resources.F.Properties.Environment.Variables.KEY: ")
    assert str(error.value).endswith(UNRESOLVED[text])


def test_a_secret_without_the_wanted_key_is_named_and_not_shown() -> None:
    with pytest.raises(
        TemplateError, match="the value given for secretsmanager:db is no JSON object with the key"
    ) as e:
        key('"{{resolve:secretsmanager:db:SecretString:password}}"', {"secretsmanager:db": "very-secret"})
    assert "very-secret" not in str(e.value)


def test_imported_values_come_from_the_settings() -> None:
    assert key("!ImportValue net-Vpc", {"import:net-Vpc": "vpc-1"}) == "vpc-1"
    with pytest.raises(TemplateError, match="net-Vpc is exported by another stack, .* --resolve import:net-Vpc=…"):
        key("!ImportValue net-Vpc", {})


def test_an_imported_value_that_only_another_service_needs_is_no_problem() -> None:
    group = "  G: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !ImportValue net-Vpc, GroupDescription: g}}\n"
    role = "      Role: '{{resolve:ssm:/role}}'\n      Description: !ImportValue text\n"
    text = FUNCTION % "v" + role + group
    assert load_text(text, place=Place(queue_url=str, function_url=str), parameters={}).functions


def test_a_parameter_of_systems_manager_has_its_value_from_the_settings() -> None:
    head = "Parameters: {P: {Type: AWS::SSM::Parameter::Value<String>, Default: /app/level}}\n"
    assert key("!Ref P", {"ssm:/app/level": "debug"}, head) == "debug"


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("!Base64 text", "dGV4dA=="),
        ("{Fn::ToJsonString: {a: [1, true]}}", '{"a":[1,true]}'),
        ("{Fn::Length: [a, b]}", "2"),
        ("!Select [0, !GetAZs '']", "us-east-1a"),
    ],
)
def test_functions_of_one_value(call: str, value: str) -> None:
    assert key(call, {}) == value
