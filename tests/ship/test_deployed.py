"""The client and the acceptance suite against a stack: outputs from CloudFormation, a URL that wants signatures.

The stack is moto's, and its outputs lead to the pipeline on this machine, deployed with FunctionUrlAuthType=AWS_IAM.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.acceptance.pipelines import Pipeline, native
from tests.ship.conftest import KEYS, ROOT, Moto

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def signed(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with native(tmp_path_factory.mktemp("signed"), FunctionUrlAuthType="AWS_IAM") as pipeline:
        yield pipeline


@pytest.fixture
def variables(moto: Moto, signed: Pipeline) -> dict[str, str]:
    """A stack of the outputs that template.yaml has, and the variables with which it is found."""
    outputs = {
        "Url": signed.endpoints.url,
        "UrlAuthType": "AWS_IAM",
        "ResponseQueueUrl": signed.queue("facepipe-responses"),
    }
    body = {
        "Resources": {"Nothing": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "nothing"}}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    moto.client("cloudformation").create_stack(StackName="ours", TemplateBody=json.dumps(body))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    endpoints = {"AWS_ENDPOINT_URL_CLOUDFORMATION": moto.url, "AWS_ENDPOINT_URL_SQS": signed.endpoints.sqs}
    return {**clean, **KEYS, **endpoints, "AWS_DEFAULT_REGION": "us-east-1", "FACEPIPE_STACK": "ours", "COLUMNS": "200"}


def run(variables: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )


def test_fu24_without_a_signature_nobody_gets_in(signed: Pipeline) -> None:
    assert httpx.post(signed.endpoints.url, content="{}", timeout=60).status_code == 403


def test_send_signs_and_finds_the_result_in_the_stacks_queue(variables: dict[str, str], samples: Path) -> None:
    result = run(variables, "facepipe", "send", str(samples / "grace_hopper.jpg"), "--stack", "ours")
    assert result.returncode == 0, result.stderr + result.stdout
    assert "Grace Hopper" in result.stdout


def test_bench_measures_a_stack(variables: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    order = ("-n", "3", "--warm-up", "1", "--stack", "ours", "--output", str(tmp_path / "stack"))
    result = run(variables, "facepipe", "bench", "pipeline", *order)
    assert result.returncode == 0, result.stderr + result.stdout
    assert json.loads((tmp_path / "stack.json").read_text())["figures"]["completed"] == 3


def test_a_missing_stack_and_missing_credentials_are_one_clear_line(variables: dict[str, str], samples: Path) -> None:
    missing = run(variables, "facepipe", "send", str(samples / "grace_hopper.jpg"), "--stack", "theirs")
    assert missing.returncode == 2
    assert "the stack theirs cannot be read" in missing.stderr
    wrong = run({**variables, "AWS_SECRET_ACCESS_KEY": "wrong"}, "facepipe", "send", str(samples / "grace_hopper.jpg"))
    assert wrong.returncode == 2
    assert "answers 403" in wrong.stderr
    assert len(wrong.stderr.strip().splitlines()) == 1


def test_a_stack_of_another_template_is_named(variables: dict[str, str], moto: Moto) -> None:
    body = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}}}
    moto.client("cloudformation").create_stack(StackName="another", TemplateBody=json.dumps(body))
    result = run(variables, "facepipe", "collect", "--stack", "another")
    assert (result.returncode, "has no output 'Url'" in result.stderr) == (2, True), result.stderr


def test_the_acceptance_suite_runs_against_the_stack(variables: dict[str, str]) -> None:
    """Two of its files; what enrols is skipped, since this stack's gallery is in its image."""
    files = ("tests/acceptance/test_requests.py", "tests/acceptance/test_queues.py")
    result = run(variables, "pytest", "-q", "-p", "no:cacheprovider", *files)
    assert result.returncode == 0, result.stdout[-3000:]
    passed = re.search(r"(\d+) passed", result.stdout)
    assert passed
    assert int(passed.group(1)) > 10
