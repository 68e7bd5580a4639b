"""Deploying to moto: its CloudFormation, SQS, Lambda and ECR, from outside as the command line does it.

What moto cannot make of the template (AWS::Lambda::Url, AWS::CloudWatch::Alarm) `cfn-lint` checks against
CloudFormation's schemas; moto tells no outputs of a stack that came of a change set either.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ship.conftest import ROOT, Moto

Run = Callable[..., subprocess.CompletedProcess[str]]
#: what moto makes of template.yaml's resources
BY_MOTO = {
    "RequestDeadLetters",
    "RequestQueue",
    "ResponseQueue",
    "DetectionLogs",
    "RecognitionLogs",
    "DetectionRole",
    "RecognitionRole",
    "DetectionFunction",
    "RecognitionFunction",
    "RecognitionMapping",
}


def facepipe(*arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "facepipe", "deploy", *arguments]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, input=answer, env=environment)


def image(moto: Moto, function: str, config_digest: str) -> str:
    """Put a manifest into moto's ECR and return its URI."""
    client = moto.client("ecr")
    name = f"facepipe/{function}"
    with contextlib.suppress(client.exceptions.RepositoryAlreadyExistsException):
        client.create_repository(repositoryName=name)
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": 1,
                "digest": config_digest,
            },
            "layers": [],
        }
    )
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    with contextlib.suppress(client.exceptions.ImageAlreadyExistsException):
        client.put_image(repositoryName=name, imageManifest=manifest, imageDigest=digest, imageTag=config_digest[-6:])
    uri = client.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryUri"]
    return f"{uri}@{digest}"


def images(moto: Moto, mark: str = "a") -> list[str]:
    detection, recognition = (
        image(moto, f"face-{name}", f"sha256:{mark * 64}") for name in ("detection", "recognition")
    )
    return ["--detection-image", detection, "--recognition-image", recognition]


def stack(moto: Moto) -> dict:
    return moto.client("cloudformation").describe_stacks(StackName="facepipe")["Stacks"][0]


def parameters(moto: Moto) -> dict[str, str]:
    return {one["ParameterKey"]: one["ParameterValue"] for one in stack(moto)["Parameters"]}


def test_the_stack_runs_the_images_by_their_digests(moto: Moto) -> None:
    wanted = images(moto)
    result = facepipe("--url-auth", "iam", *wanted, "--yes")
    assert result.returncode == 0, result.stderr
    assert "Add     DetectionFunction" in result.stderr
    assert "CREATE_COMPLETE" in result.stderr
    found = parameters(moto)
    assert [found["DetectionImageUri"], found["RecognitionImageUri"]] == wanted[1::2]
    assert found["FunctionUrlAuthType"] == "AWS_IAM"
    code = moto.client("lambda").get_function(FunctionName="face-detection")["Code"]
    assert code["ImageUri"] == wanted[1]
    described = moto.client("cloudformation").describe_stack_resources(StackName="facepipe")["StackResources"]
    assert {one["LogicalResourceId"] for one in described if "LogicalResourceId" in one} == BY_MOTO


def test_it_asks_first_and_leaves_nothing_on_no(moto: Moto) -> None:
    result = facepipe("--url-auth", "iam", *images(moto), answer="n\n")
    assert result.returncode == 2
    assert result.stderr.strip().splitlines()[-1] == "facepipe: nothing was changed"
    assert not moto.client("sqs").list_queues().get("QueueUrls")
    assert not moto.client("cloudformation").describe_stacks()["Stacks"]


def test_a_second_deployment_changes_what_is_new_and_nothing_else_changes_nothing(moto: Moto) -> None:
    assert facepipe("--url-auth", "iam", *images(moto), "--yes").returncode == 0
    again = facepipe("--url-auth", "iam", *images(moto), "--yes")
    assert (again.returncode, "nothing to change" in again.stderr) == (0, True), again.stderr
    newer = images(moto, "b")
    result = facepipe("--url-auth", "iam", *newer, "--yes")
    assert result.returncode == 0, result.stderr
    assert parameters(moto)["DetectionImageUri"] == newer[1]
    assert stack(moto)["StackStatus"] == "UPDATE_COMPLETE"


def test_a_later_deployment_keeps_the_parameters_that_it_is_not_given(moto: Moto) -> None:
    assert facepipe("--url-auth", "iam", *images(moto), "--yes", "--parameter", "BatchSize=3").returncode == 0
    assert facepipe("--url-auth", "public", *images(moto, "b"), "--yes").returncode == 0
    found = parameters(moto)
    assert (found["BatchSize"], found["FunctionUrlAuthType"]) == ("3", "NONE")


def test_destroy_removes_everything_and_says_what_it_keeps(moto: Moto) -> None:
    assert facepipe("--url-auth", "iam", *images(moto), "--yes").returncode == 0
    result = facepipe("--destroy", "--yes")
    assert result.returncode == 0, result.stderr
    assert "kept: the images in 123456789012.dkr.ecr" in result.stderr
    assert not moto.client("sqs").list_queues().get("QueueUrls")
    assert not moto.client("lambda").list_functions()["Functions"]
    assert not moto.client("iam").list_roles()["Roles"]
    assert "there is no stack facepipe in us-east-1" in facepipe("--destroy", "--yes").stderr


WRONG = {
    "nobody said who may post": (["--yes"], "say iam (callers sign) or public (anyone may post)"),
    "no digest": (["--url-auth", "iam", "--detection-image", "r/f:latest"], "by its digest"),
    "another registry": (["--url-auth", "iam", "--detection-image", "localhost:5000/f@sha256:1"], "from ECR only"),
    "another region": (
        ["--url-auth", "iam", "--region", "eu-west-1"],
        "is in us-east-1, the stack in eu-west-1: Lambda wants both in one region",
    ),
    "not in ECR": (
        [
            "--url-auth",
            "iam",
            "--detection-image",
            f"1.dkr.ecr.us-east-1.amazonaws.com/facepipe/face-detection@sha256:{'0' * 64}",
        ],
        "facepipe push first",
    ),
    "no such parameter": (["--url-auth", "iam", "--parameter", "Colour=red"], "has no parameter Colour"),
    "es22": (["--url-auth", "iam", "--parameter", "RecognitionReservedConcurrency=2"], "become dead letters"),
    "no such region": (["--url-auth", "iam", "--region", "us-east1"], "did you mean us-east-1?"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_one_clear_line_and_changes_nothing(moto: Moto, case: str) -> None:
    arguments, words = WRONG[case]
    result = facepipe(*images(moto), *arguments)
    assert result.returncode == 2, result.stderr
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert not moto.client("cloudformation").describe_stacks()["Stacks"]


def test_an_image_that_is_not_the_one_pushed_from_here_is_refused(moto: Moto) -> None:
    from facepipe.ship.aws import Account
    from facepipe.ship.deploy import Deployment, deploy
    from facepipe.ship.problems import ShipError

    uris = dict(zip(("face-detection", "face-recognition"), images(moto)[1::2], strict=True))
    plan = Deployment(ROOT / "template.yaml", "facepipe", "iam", uris, {"face-detection": "sha256:another"})
    with pytest.raises(ShipError, match="what was pushed from here is sha256:another"):
        deploy(plan, Account.of(os.environ), lambda _: None, lambda _: True)


ANYONES = {
    "Parameters": {"TakeUri": {"Type": "String"}},
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "shop-lambda",
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
            },
        },
        "Take": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "take",
                "PackageType": "Image",
                "Code": {"ImageUri": {"Ref": "TakeUri"}},
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
        "Work": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "work",
                "PackageType": "Image",
                "Code": {"ImageUri": "work:latest"},
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
    },
}


def test_any_templates_image_functions_run_their_images_by_digest(
    moto: Moto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEPIPE_HOME", str(tmp_path / "home"))
    project = tmp_path / "shop"
    project.mkdir()
    (project / "template.json").write_text(json.dumps(ANYONES))
    take, work = (
        image(moto, "face-detection", "sha256:" + "c" * 64),
        image(moto, "face-recognition", "sha256:" + "d" * 64),
    )
    arguments = ("--template", str(project), "--image", f"take={take}", "--yes")
    missing = facepipe(*arguments)
    assert missing.returncode == 2
    assert "nothing was pushed from here yet: facepipe push, or name the images" in missing.stderr
    result = facepipe(*arguments, "--image", f"work={work}")
    assert result.returncode == 0, result.stderr
    code = {
        name: moto.client("lambda").get_function(FunctionName=name)["Code"]["ImageUri"] for name in ("take", "work")
    }
    assert code == {"take": take, "work": work}
    assert moto.client("cloudformation").describe_stacks(StackName="shop")["Stacks"]
    assert facepipe("--template", str(project), "--destroy", "--yes").returncode == 0
    assert not moto.client("lambda").list_functions()["Functions"]


def test_the_template_is_clean_by_cloudformations_schemas() -> None:
    result = subprocess.run(["cfn-lint", str(ROOT / "template.yaml")], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")
