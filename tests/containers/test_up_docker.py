"""`facepipe up --docker`: environments as containers, on demand, and nothing of them afterwards."""

import io
import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest

from facepipe.paths import Paths
from tests.containers.projects_in_docker import WAIT_S, Project, build_base_image, eventually, up_in_docker
from tests.containers.test_isolation import PATIENCE_WITH_NAMES
from tests.posting import post
from tests.processes.test_projects import COURSE, write_wheel

ORDERS = Paths().root / "examples/orders"
LIMIT = 3
SHORT = ["--environments", str(LIMIT), "--idle", "3", "--parameter", "VisibilityTimeout=10"]


@pytest.fixture(scope="module", autouse=True)
def base_image(docker_engine: None) -> None:
    build_base_image()


@pytest.fixture(scope="module")
def orders(base_image: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with up_in_docker(ORDERS, tmp_path_factory.mktemp("orders") / "log", SHORT) as project:
        assert project.process.poll() is None, project.said()
        yield project


def order(project: Project, customer: str, item: str) -> int:
    body = json.dumps({"customer": customer, "item": item}).encode()
    with post(project.url, body) as answer:
        return answer.status


def test_twenty_calls_at_once_start_environments_up_to_the_limit_and_idle_ones_end(orders: Project) -> None:
    order(orders, "nobody", "")
    most = 0

    def at_the_limit() -> bool:
        nonlocal most
        most = max(most, len(orders.containers("shop")))
        return most >= LIMIT

    with ThreadPoolExecutor(20) as pool:
        calls = [pool.submit(order, orders, f"customer-{number % 4}", f"item-{number}") for number in range(20)]
        assert eventually(lambda: at_the_limit() and all(call.done() for call in calls))
        assert [call.result() for call in calls] == [202] * 20
    assert most == LIMIT
    packed: list[dict[str, str]] = []
    queue = orders.queue("packed-orders.fifo")
    assert eventually(lambda: len(added(packed, take(orders, queue))) == 20)
    assert {one["item"] for one in packed} == {f"item-{number}" for number in range(20)}
    assert {(one["packed_by"], one["in"]) for one in packed} == {("robot", "/opt/packer")}
    assert eventually(lambda: len(orders.containers("shop")) == 1 == len(orders.containers("packer")))
    dead = orders.queue("unpackable-orders.fifo")
    assert eventually(lambda: [one["customer"] for one in take(orders, dead)] == ["nobody"])


def added(found: list[dict[str, str]], more: list[dict[str, str]]) -> list[dict[str, str]]:
    found.extend(more)
    return found


def take(project: Project, queue: str) -> list[dict[str, str]]:
    messages = project.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
    for message in messages.get("Messages", []):
        project.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in messages.get("Messages", [])]


LOOK = """
import json, os, resource, socket
from concurrent.futures import ThreadPoolExecutor
def can_write(path):
    try:
        open(path, "w").close(); os.remove(path); return True
    except OSError:
        return False
def reaches(host, port):
    try:
        socket.create_connection((host, port), 2).close(); return True
    except OSError:
        return False
def resolves(name):
    try:
        return bool(socket.getaddrinfo(name, 80))
    except OSError:
        return False
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
tmp = os.statvfs("/tmp")
ports, others = json.loads(os.environ["PORTS"]), json.loads(os.environ["OTHERS"])
places = [(host, port) for host in ("aws", *others) for port in (*ports, 8080, 22)]
with ThreadPoolExecutor(len(places)) as pool:
    reached = [place for place, open in zip(places, pool.map(lambda place: reaches(*place), places)) if open]
print(json.dumps({
    "user": [os.getuid(), os.getgid()],
    "capabilities": int(status["CapEff"], 16),
    "no new privileges": status["NoNewPrivs"].strip(),
    "writes": [path for path in ("/x", "/var/task/x", "/facepipe/x", "/tmp/x") if can_write(path)],
    "tmp": tmp.f_blocks * tmp.f_frsize >> 20,
    "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    "reached": reached,
    "resolves": resolves("example.org"),
    "told": [p for p in os.listdir("/proc") if p.isdigit() and os.environ["TOKEN"] in open(f"/proc/{p}/cmdline").read()],
}))
"""


def test_a_container_is_as_tight_as_lambda_and_reaches_the_link_and_its_endpoint_only(orders: Project) -> None:
    shop, packer = orders.containers("shop")[0], orders.containers("packer")[0]
    ports = orders.ports
    (token,) = [one.partition("=")[2] for one in shop.attrs["Config"]["Env"] if one.startswith("FACEPIPE_LINK_TOKEN=")]
    others = [network["IPAddress"] for network in packer.attrs["NetworkSettings"]["Networks"].values()]
    environment = {
        "PORTS": json.dumps([ports.url, ports.api, ports.link, ports.functions, ports.sqs]),
        "OTHERS": json.dumps([*others, "192.0.2.1", "172.17.0.1"]),
        "TOKEN": token,
        "RES_OPTIONS": PATIENCE_WITH_NAMES,
    }
    result = shop.exec_run(["python3", "-c", LOOK], environment=environment)
    assert json.loads(result.output) == {
        "user": [993, 990],
        "capabilities": 0,
        "no new privileges": "1",
        "writes": ["/tmp/x"],
        "tmp": 512,
        "files": 1024,
        "reached": [["aws", ports.link], ["aws", ports.functions]],
        "resolves": False,
        "told": [],
    }
    host = shop.attrs["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["PidsLimit"]) == (1769 << 20, 1769 << 20, 1024)
    assert host["NanoCpus"] == 10**9


def test_nothing_is_left_after_ctrl_c(orders: Project) -> None:
    """The last test with these containers."""
    assert not orders.is_gone()
    orders.process.send_signal(signal.SIGINT)
    assert orders.process.wait(WAIT_S) == 0
    assert orders.is_gone()
    assert orders.said().endswith("stopped\n")


#: a zip function, which has no Dockerfile
EATER = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Eater:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      MemorySize: 512
      Timeout: 20
      FunctionUrlConfig: {AuthType: NONE}
      InlineCode: |
        def handler(event, context):
            return str(len(b"x" * (int(event["body"]) << 20)))
  Shell:
    Type: AWS::Serverless::Function
    Metadata: {DockerContext: shell, Dockerfile: Dockerfile}
    Properties: {PackageType: Image, MemorySize: 885, FunctionUrlConfig: {AuthType: NONE}}
"""
#: a runtime in bash, in an image that has no Python
SHELL = r"""#!/bin/bash
host=${AWS_LAMBDA_RUNTIME_API%:*} port=${AWS_LAMBDA_RUNTIME_API#*:} api=/2018-06-01/runtime/invocation
while true; do
  exec 3<>"/dev/tcp/$host/$port"
  printf 'GET %s/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' $api >&3
  while IFS= read -r line <&3 && line=${line%$'\r'} && [[ -n $line ]]; do
    case ${line,,} in lambda-runtime-aws-request-id:*) id=${line#*: } ;; esac
  done
  exec 3>&-
  answer='{"statusCode": 200, "body": "bash"}'
  exec 3<>"/dev/tcp/$host/$port"
  printf 'POST %s/%s/response HTTP/1.1\r\nHost: x\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' \
    $api "$id" ${#answer} "$answer" >&3
  cat <&3 >/dev/null
  exec 3>&-
done
"""
SHELL_DOCKERFILE = """
FROM debian:trixie-slim
COPY bootstrap /
RUN chmod 755 /bootstrap
ENTRYPOINT ["/bootstrap"]
"""


def eat(project: Project, megabytes: int) -> tuple[int, str]:
    """Return the status and the body."""
    try:
        with post(project.url, str(megabytes).encode()) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def test_zip_functions_and_images_without_python_run_and_nothing_of_them_is_left_after_kill_9(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(EATER)
    (tmp_path / "shell").mkdir()
    (tmp_path / "shell/bootstrap").write_text(SHELL)
    (tmp_path / "shell/Dockerfile").write_text(SHELL_DOCKERFILE)
    with up_in_docker(tmp_path, tmp_path / "log", ["--network", "bridge"]) as project:
        assert eat(project, 1) == (200, "1048576"), project.said()
        assert eat(project, 1000)[0] == 502
        assert eventually(lambda: "out of memory at 512 MB; raise MemorySize" in project.said()), project.said()
        assert eat(project, 1) == (200, "1048576"), project.said()
        with urllib.request.urlopen(f"http://127.0.0.1:{project.ports.function_url(1)}/", timeout=60) as answer:
            assert answer.read() == b"bash"
        assert "has no python3 on its PATH; facepipe's own Python runs its supervisor" in project.said()
        container, *_ = project.containers()
        assert "bridge" in container.attrs["NetworkSettings"]["Networks"], "a way out, because it was asked for"
        project.process.kill()
        assert eventually(project.is_gone)


def test_a_course_project_runs_in_docker_with_init_and_up_and_no_edit(tmp_path: Path) -> None:
    folder = tmp_path / "course"
    for name, text in COURSE.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text)
    write_wheel(folder / "loud-1.0-py3-none-any.whl")
    subprocess.run([sys.executable, "-P", "-m", "facepipe", "init"], cwd=folder, check=True, timeout=60)
    with up_in_docker(folder, tmp_path / "log") as project:
        assert project.process.poll() is None, project.said()
        body = json.dumps({"content": "nna", "request_id": "r-1", "filename": "ann.jpg"}).encode()
        with post(project.url, body) as answer:
            assert json.load(answer) == {"status": "processing"}
        responses = project.queue("1229000000-resp-queue")
        found: list[dict[str, str]] = []
        assert eventually(lambda: bool(added(found, take(project, responses))))
        assert found == [{"request_id": "r-1", "result": "ANN"}]


SAVED = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Saved:
    Type: AWS::Serverless::Function
    Properties:
      {CodeUri: src, Handler: app.handler, Runtime: python3.12, MemorySize: 1769, Timeout: 20, FunctionUrlConfig: {AuthType: NONE}}
"""


def handler_that_returns(text: str) -> str:
    return f"def handler(event, context):\n    return {text!r}\n"


def archive_of(code: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        file = zipfile.ZipInfo("app.py")
        file.external_attr = 0o644 << 16  # on AWS, as here, the function is another user than the owner
        archive.writestr(file, code)
    return buffer.getvalue()


def test_a_saved_file_and_functions_of_the_api_run_in_containers(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "template.yaml").write_text(SAVED)
    code = tmp_path / "src/app.py"
    code.write_text(handler_that_returns("one"))
    with up_in_docker(tmp_path, tmp_path.parent / f"{tmp_path.name}.log") as project:

        def answer() -> str:
            with urllib.request.urlopen(project.url, timeout=60) as response:
                return str(response.read().decode())

        assert answer() == "one", project.said()
        code.write_text(handler_that_returns("two"))
        assert eventually(
            lambda: "Saved: reloaded, because src/app.py was saved" in project.said().replace("saved:", "Saved:")
        ), project.said()
        assert answer() == "two", project.said()
        api = f"http://127.0.0.1:{project.ports.api}"
        keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
        functions = boto3.client("lambda", endpoint_url=api, **keys)
        made = {
            "FunctionName": "made",
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Role": "arn:aws:iam::000000000000:role/r",
        }
        functions.create_function(**made, Code={"ZipFile": archive_of(handler_that_returns("made"))}, MemorySize=1769)
        functions.get_waiter("function_active_v2").wait(FunctionName="made", WaiterConfig={"Delay": 1})
        assert json.load(functions.invoke(FunctionName="made")["Payload"]) == "made"
        functions.update_function_code(FunctionName="made", ZipFile=archive_of(handler_that_returns("made anew")))
        functions.get_waiter("function_updated_v2").wait(FunctionName="made", WaiterConfig={"Delay": 1})
        assert json.load(functions.invoke(FunctionName="made")["Payload"]) == "made anew"
        functions.delete_function(FunctionName="made")
        assert eventually(lambda: not project.containers("made"))
