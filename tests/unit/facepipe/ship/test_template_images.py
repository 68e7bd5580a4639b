"""The images of templates of other people: SAM and CloudFormation, with parameters and without."""

import json
from pathlib import Path
from typing import Any

import pytest

from facepipe.ship.problems import ShipError
from facepipe.ship.stack_document import read_document
from facepipe.ship.template_images import repository_name, template_images, with_images

SAM = """
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Architectures: [arm64]
Parameters:
  Stage: {Type: String}
  Secret: {Type: String, NoEcho: true, Default: ""}
Resources:
  PhotoTaker:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageConfig: {Command: [app.take]}
      Environment: {Variables: {STAGE: !Ref Stage, QUEUE: !GetAtt Jobs.QueueName, NAME: !Sub "${Stage}-x"}}
    Metadata: {Dockerfile: Dockerfile, DockerContext: ./app, DockerBuildArgs: {NET: small}, DockerTag: v1}
  PhotoWorker:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageConfig: {Command: [app.work]}
    Metadata: {Dockerfile: Dockerfile, DockerContext: ./app, DockerBuildArgs: {NET: small}}
  Jobs:
    Type: AWS::SQS::Queue
"""

CLOUDFORMATION = {
    "Parameters": {
        "ImageOfBoth": {"Type": "String", "Default": "shop:latest"},
        "Cpu": {"Type": "String", "Default": "arm64"},
    },
    "Resources": {
        "Take": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ImageUri": {"Ref": "ImageOfBoth"}},
                "PackageType": "Image",
                "Architectures": [{"Ref": "Cpu"}],
            },
        },
        "Work": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ImageUri": {"Ref": "ImageOfBoth"}},
                "PackageType": "Image",
                "Architectures": [{"Ref": "Cpu"}],
            },
        },
        "Mail": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"FunctionName": "mail", "Code": {"ImageUri": "mail:2"}, "PackageType": "Image"},
        },
        "Zip": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "src/"}},
    },
}


@pytest.fixture
def sam(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/Dockerfile").write_text("FROM scratch")
    (tmp_path / "template.yaml").write_text(SAM)
    return tmp_path / "template.yaml"


def test_functions_of_one_dockerfile_are_one_image_and_get_its_uri(sam: Path) -> None:
    document = read_document(sam)
    (image,) = template_images(document, sam.parent)
    assert (image.name, image.functions, image.architecture) == ("photo-taker", ("PhotoTaker", "PhotoWorker"), "arm64")
    assert image.build
    assert image.build.dockerfile == sam.parent / "app/Dockerfile"
    assert image.build.arguments == (("NET", "small"),)
    changed = json.loads(json.dumps(with_images(document, [image], {"photo-taker": "r/photo@sha256:1"})))
    properties = {name: changed["Resources"][name]["Properties"] for name in image.functions}
    assert {one["ImageUri"] for one in properties.values()} == {"r/photo@sha256:1"}
    variables = properties["PhotoTaker"]["Environment"]["Variables"]
    assert variables == {
        "STAGE": {"Ref": "Stage"},
        "QUEUE": {"Fn::GetAtt": ["Jobs", "QueueName"]},
        "NAME": {"Fn::Sub": "${Stage}-x"},
    }
    assert changed["AWSTemplateFormatVersion"] == "2010-09-09"
    assert "ImageUri" not in str(document), "the template that was read stays as it is"


def test_what_is_written_is_what_sams_translator_takes(sam: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    document = read_document(sam)
    uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/photo@sha256:1"
    body = json.loads(json.dumps(with_images(document, template_images(document, sam.parent), {"photo-taker": uri})))
    made: dict[str, Any] = Translator({}, Parser()).translate(body, {"Stage": "test"})
    functions = [one for one in made["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    assert [one["Properties"]["Code"] for one in functions] == [{"ImageUri": uri}] * 2


def test_a_parameter_that_two_functions_share_is_one_image(tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text(json.dumps(CLOUDFORMATION))
    document = read_document(tmp_path / "template.json")
    both, mail = template_images(document, tmp_path)
    assert (both.functions, both.parameters, both.written) == (("Take", "Work"), ("ImageOfBoth",), ())
    assert (both.reference, both.architecture) == ("shop:latest", "arm64")
    assert (mail.name, mail.reference, mail.written, mail.architecture) == ("mail", "mail:2", ("Mail",), "x86_64")
    changed = with_images(document, [both, mail], {"mail": "r/mail@sha256:2", "take": "r/take@sha256:3"})
    assert changed["Resources"]["Mail"]["Properties"]["Code"] == {"ImageUri": "r/mail@sha256:2"}
    assert changed["Resources"]["Take"]["Properties"]["Code"] == {"ImageUri": {"Ref": "ImageOfBoth"}}


WRONG = {
    "no image function": ("Resources: {Q: {Type: AWS::SQS::Queue}}", "no function with PackageType Image"),
    "no dockerfile": (
        "Resources: {F: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}, Metadata: {Dockerfile: D}}}",
        "Resources.F.Metadata: there is no ",
    ),
    "no template": ("[]", "cannot be read as a template"),
    "no YAML": ("a: [", "cannot be read as a template"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_template_that_cannot_be_shipped_is_one_line(tmp_path: Path, case: str) -> None:
    text, words = WRONG[case]
    (tmp_path / "template.yaml").write_text(text)
    with pytest.raises(ShipError, match=words) as error:
        template_images(read_document(tmp_path / "template.yaml"), tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [("FaceDetection", "face-detection"), ("my_Function.2", "my-function-2"), ("Über", "ber"), ("_", "image")],
)
def test_repositories_have_names_that_ecr_takes(text: str, name: str) -> None:
    assert repository_name(text) == name
