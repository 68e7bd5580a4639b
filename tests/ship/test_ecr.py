"""Pushing to ECR: moto is its API, a real registry takes its images.

moto's ECR has no registry behind it: a `docker` on the PATH sends what is meant for it to the one on localhost.
"""

import ast
import json
import os
import shutil
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from facepipe.ship import ecr
from facepipe.ship.aws import Account
from facepipe.ship.delivery import Pushed
from facepipe.ship.problems import ShipError
from facepipe.ship.push import push
from tests.ship.conftest import Moto, Project

HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
SHIM = """#!{python}
import os, sys
arguments = [word.replace("{host}", "{registry}") for word in sys.argv[1:]]
if "login" in arguments:
    open("{log}", "a").write(repr([arguments, sys.stdin.read()]) + "\\n")
    sys.exit(0)
open("{log}", "a").write(repr([arguments, ""]) + "\\n")
os.execv("{docker}", ["docker", *arguments])
"""


@pytest.fixture
def docker_log(registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A docker that finds ECR on localhost, and what it was told."""
    import sys

    log, shim = tmp_path / "docker.log", tmp_path / "bin/docker"
    shim.parent.mkdir()
    words = {"python": sys.executable, "host": HOST, "registry": registry, "docker": shutil.which("docker"), "log": log}
    shim.write_text(SHIM.format(**words))
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent), prepend=":")
    return log


def account() -> Account:
    return Account.of(os.environ)


def push_to_ecr(project: Project, *allowed: str) -> tuple[list[Pushed], list[str]]:
    told: list[str] = []
    return push(project.order("", *allowed), account, told.append), told


def test_repositories_are_made_with_scan_lifecycle_and_immutable_tags(
    project: Project, moto: Moto, docker_log: Path
) -> None:
    project.accept()
    images, told = push_to_ecr(project)
    assert [image.uri.split("@")[0] for image in images] == [
        f"{HOST}/facepipe/face-detection",
        f"{HOST}/facepipe/face-recognition",
    ]
    client = moto.client("ecr")
    for facts in client.describe_repositories()["repositories"]:
        assert facts["imageTagMutability"] == "IMMUTABLE"
        assert facts["imageScanningConfiguration"] == {"scanOnPush": True}
        assert facts["encryptionConfiguration"] == {"encryptionType": "AES256"}
        policy = client.get_lifecycle_policy(repositoryName=facts["repositoryName"])["lifecyclePolicyText"]
        assert json.loads(policy) == ecr.LIFECYCLE
    again, told = push_to_ecr(project)
    assert again == images
    assert [line.split()[0] for line in told if "the repository" in line] == ["found", "found"]


def test_the_token_is_on_no_command_line_and_docker_forgets_it_afterwards(
    project: Project, moto: Moto, docker_log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project.accept()
    _, told = push_to_ecr(project)
    calls = [ast.literal_eval(line) for line in docker_log.read_text().splitlines()]
    ((login, token),) = [(arguments, stdin) for arguments, stdin in calls if arguments[0] == "login"]
    assert login[:4] == ["login", "--username", "AWS", "--password-stdin"]
    assert token
    everything = repr([arguments for arguments, _ in calls]) + "".join(told) + "".join(capfd.readouterr())
    assert token not in everything
    assert calls[-1][0][0] == "logout"


@pytest.mark.parametrize("changed", ["mutable", "no scan", "other lifecycle"])
def test_a_repository_with_another_policy_is_refused_before_anything_is_made(
    project: Project, moto: Moto, docker_log: Path, changed: str
) -> None:
    project.accept()
    client = moto.client("ecr")
    client.create_repository(
        repositoryName="facepipe/face-recognition",
        imageTagMutability="MUTABLE" if changed == "mutable" else "IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": changed != "no scan"},
    )
    policy = json.loads(json.dumps(ecr.LIFECYCLE))
    policy["rules"][0]["selection"]["countNumber"] = 1 if changed == "other lifecycle" else ecr.KEPT_IMAGES
    client.put_lifecycle_policy(repositoryName="facepipe/face-recognition", lifecyclePolicyText=json.dumps(policy))
    words = {"mutable": "overwritten", "no scan": "does not scan", "other lifecycle": "may expire what is deployed"}
    with pytest.raises(ShipError, match=words[changed]) as error:
        push_to_ecr(project)
    assert "--allow repository" in str(error.value)
    assert [one["repositoryName"] for one in client.describe_repositories()["repositories"]] == [
        "facepipe/face-recognition"
    ]
    push_to_ecr(project, "repository")


def test_missing_credentials_are_one_clear_line(
    project: Project, moto: Moto, docker_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.accept()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(ShipError, match="no credentials for AWS .*: set AWS_PROFILE"):
        push_to_ecr(project)
    assert not moto.client("ecr").describe_repositories()["repositories"]


def test_no_permission_names_the_call(
    project: Project, moto: Moto, docker_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """moto checks permissions once it is told to."""
    project.accept()
    iam = moto.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    url = f"{moto.url}/moto-api/reset-auth"
    httpx.post(url, content="0").raise_for_status()
    try:
        with pytest.raises(ShipError, match=r"no permission for DescribeRepositories"):
            push_to_ecr(project)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
        with pytest.raises(ShipError, match="AWS does not take these credentials"):
            push_to_ecr(project)
    finally:
        httpx.post(url, content="inf").raise_for_status()


def test_where_one_repository_cannot_be_made_none_is_left(moto: Moto) -> None:
    client = moto.client("ecr")
    calls: list[int] = []

    def deny_the_second(**_: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "CreateRepository")

    client.meta.events.register("before-call.ecr.CreateRepository", deny_the_second)
    with pytest.raises(ShipError, match="no permission for CreateRepository"):
        ecr.create(client, ["facepipe/face-detection", "facepipe/face-recognition"])
    assert not client.describe_repositories()["repositories"]


@pytest.mark.parametrize(
    ("region", "words"), [("us-east1", "did you mean us-east-1"), ("", "give --region, or set AWS_REGION")]
)
def test_a_wrong_region_is_one_clear_line(moto: Moto, monkeypatch: pytest.MonkeyPatch, region: str, words: str) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(ShipError, match=words):
        Account.of({}, region)
