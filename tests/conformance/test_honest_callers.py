"""Callers that mean well, as they come: old and new SDKs, the AWS CLI, curl, containers' names, proxies, tunnels."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.config import Config

from emulator.access_settings import Access
from emulator.environments.environment_limits import Limits
from emulator.free_ports import free_ports
from emulator.settings import Settings
from facepipe.local_pipeline import running
from facepipe.paths import Paths
from tests.conformance.conftest import OBEY, Tiny

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
CALLS = """
import boto3, json, sys
api, sqs = sys.argv[1:]
answer = boto3.client("lambda", endpoint_url=api).invoke(FunctionName="echo", Payload=json.dumps({"from": "boto3"}))
print(answer["Payload"].read().decode())
client = boto3.client("sqs", endpoint_url=sqs)
url = client.get_queue_url(QueueName="brief")["QueueUrl"]
client.send_message(QueueUrl=url, MessageBody="from boto3")
(message,) = client.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
print(message["Body"])
"""


BEFORE_PYTHON_3_12 = pytest.mark.skipif(sys.version_info >= (3, 12), reason="boto3 of 2020 needs Python 3.11 or older")


def run(*command: str, **variables: str) -> str:
    home = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    done = subprocess.run(
        command, env={**home, **KEYS, **variables}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def installed(name: str, *packages: str) -> Path:
    """A virtual environment with these packages, made once, in var/."""
    folder = Paths().var / "callers" / name
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
        pip = [str(folder / "bin/pip"), "install", "-q", "--disable-pip-version-check", *packages]
        if subprocess.run(pip, capture_output=True, check=False, timeout=240).returncode:
            pytest.skip(f"{' '.join(packages)} cannot be installed: no package index can be reached")
        (folder / "complete").touch()
    return folder / "bin"


def test_honest_boto3_of_today(tiny: Tiny) -> None:
    told = run(sys.executable, "-c", CALLS, f"http://127.0.0.1:{tiny.stack.ports.api}", tiny.stack.endpoints.sqs)
    assert told.splitlines() == ['{"from": "boto3"}', "from boto3"]


@BEFORE_PYTHON_3_12
def test_honest_boto3_of_2020_which_speaks_the_query_protocol(tiny: Tiny) -> None:
    python = str(installed("boto3-1.16.0", "boto3==1.16.0") / "python")
    arguments = (f"http://127.0.0.1:{tiny.stack.ports.api}", f"http://localhost:{tiny.stack.ports.sqs}")
    told = run(python, "-W", "ignore", "-c", CALLS, *arguments)
    assert told.splitlines() == ['{"from": "boto3"}', "from boto3"]


def test_honest_aws_cli_of_version_1(tiny: Tiny, tmp_path: Path) -> None:
    aws = [str(installed("awscli-1", "awscli<2") / "python"), str(installed("awscli-1", "awscli<2") / "aws")]
    api, sqs = f"--endpoint-url=http://127.0.0.1:{tiny.stack.ports.api}", f"--endpoint-url={tiny.stack.endpoints.sqs}"
    out = tmp_path / "answer"
    run(*aws, "lambda", "invoke", api, "--function-name", "echo", "--payload", '{"from": "cli"}', str(out))
    assert json.loads(out.read_text()) == {"from": "cli"}
    assert "brief" in run(*aws, "sqs", "list-queues", sqs, "--queue-name-prefix", "brief")


def test_honest_aws_cli_of_version_2_by_its_headers(tiny: Tiny) -> None:
    """Version 2 is on no package index. It sends what botocore sends, under a name of its own, and a long User-Agent."""
    agent = (
        "aws-cli/2.22.0 md/awscrt#0.22.0 ua/2.0 os/linux#6.8 md/arch#x86_64 lang/python#3.12.6 md/pyimpl#CPython"
        " cfg/retry-mode#standard md/installer#exe md/distrib#ubuntu.24 md/prompt#off md/command#lambda.invoke"
    )
    scope = "Credential=test/20261126/us-east-1/lambda/aws4_request"
    headers = {
        "Accept-Encoding": "identity",
        "User-Agent": agent,
        "X-Amz-Date": "20261126T120000Z",
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
    }
    url = f"http://127.0.0.1:{tiny.stack.ports.api}/2015-03-31/functions/echo/invocations"
    assert httpx.post(url, headers=headers, content='{"from": "cli"}', timeout=60).json() == {"from": "cli"}


@pytest.mark.parametrize("size", [3, 2_000_000])
def test_honest_curl(tiny: Tiny, tmp_path: Path, size: int) -> None:
    """With more than 1 MB it asks first, by Expect, and without an answer waits for a second."""
    if not shutil.which("curl"):
        pytest.skip("no curl here")
    body = tmp_path / "body"
    body.write_text(json.dumps({"do": "nothing", "padding": "x" * size}))
    url = tiny.url("obey").replace("127.0.0.1", "localhost")
    answer = run("curl", "-sv4", "--expect100-timeout", "60", "--data-binary", f"@{body}", url)
    assert json.loads(answer)["done"] == "nothing"


def test_honest_container_by_a_service_name(tiny: Tiny) -> None:
    """As compose has it: the name resolves by Docker's DNS, here by none, so that it is the Host alone that differs."""
    for port, path in ((tiny.stack.ports.url, "/"), (tiny.stack.ports.api, "/health")):
        headers = {"Host": f"emulator:{port}"}
        answer = httpx.request(
            "POST" if path == "/" else "GET", f"http://127.0.0.1:{port}{path}", headers=headers, json={}
        )
        assert answer.status_code != 403


def test_honest_boto3_through_a_proxy_keeps_the_host_of_aws(tiny: Tiny) -> None:
    """HTTP_PROXY leads to the emulator: the Host is AWS's."""
    for service, region, port in (
        ("sqs", "us-east-1", tiny.stack.ports.sqs),  # the queues are in the emulator's region
        ("lambda", "eu-central-1", tiny.stack.ports.api),
    ):
        client = boto3.client(
            service,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            region_name=region,
            endpoint_url=f"http://{service}.{region}.amazonaws.com",
            config=Config(proxies={"http": f"http://127.0.0.1:{port}"}, retries={"total_max_attempts": 1}),
        )
        if service == "sqs":
            assert client.get_queue_url(QueueName="brief")["QueueUrl"].endswith("/brief")
        else:
            assert client.invoke(FunctionName="echo", Payload="{}")["Payload"].read() == b"{}"


@BEFORE_PYTHON_3_12
def test_honest_boto3_of_2020_through_a_proxy_asks_for_queue_amazonaws_com(tiny: Tiny) -> None:
    """No endpoint is configured: SQS's name of that time is the Host, and the proxy is the emulator."""
    code = """
import boto3
sqs = boto3.client("sqs", use_ssl=False)
url = sqs.get_queue_url(QueueName="brief")["QueueUrl"]
print(sqs.meta.endpoint_url, url)
sqs.send_message(QueueUrl=url, MessageBody="by proxy")
(message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
print(message["Body"])
"""
    python = str(installed("boto3-1.16.0", "boto3==1.16.0") / "python")
    told = run(
        python, "-W", "ignore", "-c", code, HTTP_PROXY=tiny.stack.endpoints.sqs, http_proxy=tiny.stack.endpoints.sqs
    )
    name = "http://queue.amazonaws.com"
    assert told.splitlines() == [f"{name} {name}/000000000000/brief", "by proxy"]


def test_an_allowed_host_is_let_in_and_its_pages_are(tmp_path: Path) -> None:
    nothing = {"do": "nothing"}
    tunnel = {"Host": "my-tunnel.example"}
    access = Access(hosts=("my-tunnel.example",))
    settings = Settings(OBEY, environments=Limits(1), ports=free_ports(), engine="runtime-api", access=access)
    with running(settings, tmp_path / "up.log") as stack:
        url = f"http://127.0.0.1:{stack.ports.function_url(0)}/"
        for headers in (
            tunnel,
            {**tunnel, "Origin": "https://my-tunnel.example"},
            {"Origin": "https://my-tunnel.example"},
        ):
            assert httpx.post(url, headers=headers, json=nothing, timeout=60).status_code == 200
        for headers in ({"Host": "other.example"}, {**tunnel, "Origin": "https://other.example"}):
            assert httpx.post(url, headers=headers, json=nothing, timeout=60).status_code == 403
