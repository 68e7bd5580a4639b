"""What a function can do from inside its container: what it can on Lambda, and no more."""

import json
import time

import docker
import httpx
import pytest

from emulator.doctor.containers import ask_docker
from facepipe.client.photos import photo
from tests.acceptance.compose import PROJECT, ComposePipeline

FUNCTIONS = ("face-detection", "face-recognition")


def run(container: "docker.models.containers.Container", script: str) -> str:
    """Run Python in a container as its user; return what it printed."""
    result = container.exec_run(["python3", "-c", script])
    assert result.exit_code == 0, result.output.decode()
    return result.output.decode().strip()


@pytest.fixture(params=FUNCTIONS)
def container(request: pytest.FixtureRequest, containers: ComposePipeline) -> "docker.models.containers.Container":
    return containers.containers(request.param)[0]


WRITE = """
import os
def can(path):
    try:
        open(path, "w").close(); os.remove(path); return True
    except OSError:
        return False
print([p for p in ("/x", "/var/task/x", "/opt/x", "/facepipe/x", "/home/x", "/var/tmp/x", "/dev/shm/../x") if can(p)], can("/tmp/x"))
"""


def test_rt02_it_can_write_in_tmp_only(container) -> None:
    assert run(container, WRITE) == "[] True"


def test_rt02_tmp_is_as_large_as_the_template_says(container) -> None:
    assert int(run(container, "import os; s = os.statvfs('/tmp'); print(s.f_blocks * s.f_frsize >> 20)")) == 512


def test_rt03_it_is_not_root_and_has_no_capability(container) -> None:
    assert run(container, "import os; print(os.getuid(), os.getgid())") == "993 990"
    status = run(container, "print(open('/proc/self/status').read())")
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


#: of the C library (resolv.conf(5)): names of containers are answered at once, and others are asked for 20 s by default
PATIENCE_WITH_NAMES = "timeout:2 attempts:1"
REACH = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def can(place):
    try:
        socket.create_connection(place, 2).close(); return True
    except OSError:
        return False
names = ("aws", "emulator", "outside", "elasticmq", "face-detection", "face-recognition", *sys.argv[1:])
ports = (9000, 9001, 9002, 9003, 9010, 9324, 8080, 80)
places = [(host, port) for host in names for port in ports]
with ThreadPoolExecutor(len(places)) as pool:
    print(json.dumps([f"{host}:{port}" for (host, port), open in zip(places, pool.map(can, places)) if open]))
try:
    print(socket.getaddrinfo("example.org", 80))
except OSError as error:
    print("no name")
"""


def addresses(pipeline: ComposePipeline, service: str) -> list[str]:
    """The addresses of a service's containers, on all its networks."""
    networks = [container.attrs["NetworkSettings"]["Networks"] for container in pipeline.containers(service)]
    return [network["IPAddress"] for some in networks for network in some.values()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_reaches_the_link_and_its_endpoint_and_nothing_else(containers: ComposePipeline, name: str) -> None:
    """By any name or address of the emulator, the queue server, the other function and the machine."""
    (other,) = (function for function in FUNCTIONS if function != name)
    emulator = addresses(containers, "emulator")
    others = [*addresses(containers, "elasticmq"), *addresses(containers, other), "192.0.2.1", "172.17.0.1"]
    result = containers.containers(name)[0].exec_run(
        ["python3", "-c", REACH, *emulator, *others], environment={"RES_OPTIONS": PATIENCE_WITH_NAMES}
    )
    reached, name_of_outside = result.output.decode().strip().splitlines()
    networks = containers.containers("emulator")[0].attrs["NetworkSettings"]["Networks"]
    here = networks[f"{PROJECT}_{name}"]["IPAddress"]
    the_emulator = {f"{host}:{port}" for host in ("aws", "emulator", here) for port in (9002, 9003)}
    assert set(json.loads(reached)) == {*the_emulator, f"{name}:8080"}
    assert name_of_outside == "no name"


HELLO = """
import json, socket, sys
function, token = sys.argv[1:]
with socket.create_connection(("aws", 9002), 5) as link:
    link.sendall(json.dumps({"type": "hello", "function": function, "environment": "thief", "token": token}).encode() + b"\\n")
    print(link.makefile().readline())
"""


def test_a_function_cannot_become_an_environment_of_another(containers: ComposePipeline) -> None:
    """It can read its own token, since its supervisor has the same user; that token opens nothing but itself."""
    detection = containers.containers("face-detection")[0]
    own = run(detection, "print(open('/run/facepipe/token').read())")
    for token in (own, "", "x" * len(own)):
        result = detection.exec_run(["python3", "-c", HELLO, "face-recognition", token])
        answer = json.loads(result.output)
        assert answer["type"] == "refuse"
        assert "the function face-recognition" in answer["reason"]


INVOKE = """
import sys, urllib.error, urllib.request
for path in ("/2015-03-31/functions/function/invocations", "/invocation"):
    for headers in ({}, {"Facepipe-Token": "x"}):
        try:
            urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:8080" + path, b"{}", headers), timeout=5)
        except urllib.error.HTTPError as error:
            print(error.code)
"""


def test_an_environments_port_takes_nobody_without_the_token(container) -> None:
    """Asked from the nearest place that there is: nobody else reaches the port at all."""
    assert run(container, INVOKE).split() == ["403"] * 4


TOKEN_ON_COMMAND_LINES = """
import os
token = open("/run/facepipe/token").read()
lines = [open(f"/proc/{pid}/cmdline").read() for pid in filter(str.isdigit, os.listdir("/proc"))]
print(len(token) >= 32, len(lines) > 1, any(token in line for line in lines))
try:
    open("/run/facepipe/other", "w")
except OSError:
    print("read-only")
"""


def test_the_token_is_on_no_command_line_and_no_function_can_change_it(container) -> None:
    assert run(container, TOKEN_ON_COMMAND_LINES).splitlines() == ["True True False", "read-only"]


def test_every_start_of_the_emulator_has_new_tokens_and_its_environments_come_back(containers: ComposePipeline) -> None:
    def tokens() -> set[str]:
        found = [containers.containers(name) for name in FUNCTIONS]
        return {run(one, "print(open('/run/facepipe/token').read())") for some in found for one in some}

    before = tokens()
    assert len(before) == len(FUNCTIONS), "one a function, whichever its container"
    containers.compose("restart", "emulator")
    containers.wait_until_ready()
    assert not before & tokens()
    containers.compose("restart", "face-detection")
    containers.wait_until_ready()
    after = tokens()
    containers.compose("up", "--wait", "--no-recreate", "--scale", "face-recognition=3")
    assert tokens() == after, "a second `up` changes nothing that runs"
    containers.wait_until_ready()


def test_rt04_files_and_processes_are_limited(container) -> None:
    assert run(container, "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))") == "(1024, 1024)"
    assert container.attrs["HostConfig"]["PidsLimit"] == 1024
    assert container.attrs["HostConfig"]["Memory"] == 1769 << 20


HANDLER = """
import os
for pid in filter(str.isdigit, os.listdir("/proc")):
    line = open(f"/proc/{pid}/cmdline").read().split("\\0")
    if line[1:3] == ["-m", "awslambdaric"]:
        print(open(f"/proc/{pid}/environ").read().replace("\\0", "\\n"))
"""


def test_rt01_the_handler_sees_lambdas_variables(containers: ComposePipeline, samples) -> None:
    (row,) = containers.send([photo(samples / "grace_hopper.jpg")])
    assert row.answer, row.problem
    container = containers.containers("face-detection")[0]
    lines = run(container, HANDLER).splitlines()
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    assert not any(name.startswith("FACEPIPE") for name in variables)
    assert run(container, "print(open('/run/facepipe/token').read())") not in variables.values()
    expected = {
        "AWS_LAMBDA_FUNCTION_NAME": "face-detection",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        "AWS_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_Image",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": "/var/task",
        "TZ": ":UTC",
    }
    assert {name: variables.get(name) for name in expected} == expected


def test_a_function_image_has_no_rie_no_compiler_no_torch_no_credential(containers: ComposePipeline) -> None:
    client = docker.from_env()
    for name in FUNCTIONS:
        image = client.images.get(containers.images()[name])
        listing = client.containers.run(
            image.id,
            [
                "-c",
                "import os; [print(os.path.join(d, f)) for d, _, fs in os.walk('/') if not d.startswith('/proc') for f in fs]",
            ],
            entrypoint="/usr/bin/python3",
            network_mode="none",
            remove=True,
        ).decode()
        for word in ("aws-lambda-rie", "/supervisor.pyz", "/torch/", "/bin/gcc", "/bin/cc1", "/.aws/"):
            assert word not in listing, f"{name} holds {word}"
        assert not any(
            word in variable for variable in image.attrs["Config"]["Env"] for word in ("KEY", "SECRET", "TOKEN")
        )
        assert image.attrs["Config"]["Entrypoint"] == ["/usr/bin/python3", "-m", "awslambdaric"]


def test_what_runs_is_the_image_that_would_be_pushed(containers: ComposePipeline) -> None:
    """By its config digest: a local image has no manifest digest before a push."""
    for name in FUNCTIONS:
        tag = containers.environment["FACEPIPE_TAG"]
        expected = docker.from_env().images.get(f"facepipe/{name}:{tag}").id
        running = containers.containers(name)
        assert running
        assert {container.attrs["Image"] for container in running} == {expected}


def test_a_function_that_passes_its_memory_limit_is_killed_and_comes_back(containers: ComposePipeline, samples) -> None:
    container = containers.containers("face-detection")[0]
    result = container.exec_run(["python3", "-c", "x = bytearray(4 << 30); x[::4096] = b'x' * (1 << 20)"])
    assert result.exit_code == 137, "killed by the kernel"
    (row,) = containers.send([photo(samples / "grace_hopper.jpg")], persistent=True)  # it may have killed more
    assert row.answer, row.problem
    container.reload()
    assert container.status == "running"


def test_doctor_finds_the_environments_and_their_images(containers: ComposePipeline) -> None:
    found = ask_docker({name: f"registry.invalid/facepipe/{name}:latest" for name in FUNCTIONS})
    assert found
    running = {name: {one.name for one in containers.containers(name)} for name in FUNCTIONS}
    assert {name: {one.name for one in found.containers[name]} for name in FUNCTIONS} == running
    assert all(one.read_only for some in found.containers.values() for one in some)
    assert set(found.images) == set(FUNCTIONS)


def test_scaling_is_all_it_takes(containers: ComposePipeline) -> None:
    containers.wait_until_ready()
    assert httpx.get(containers.health).json()["functions"]["face-recognition"]["ready"] == 3


def test_messages_survive_a_sigkill_of_their_server(containers: ComposePipeline) -> None:
    queue = containers.queue("facepipe-requests-dlq")
    sent = {containers.sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(n))["MessageId"] for n in range(50)}
    (server,) = containers.containers("elasticmq")
    server.kill()
    containers.compose("up", "--wait", "--no-recreate", "--scale", "face-recognition=3")
    found: set[str] = set()
    end = time.monotonic() + 120
    while found != sent and time.monotonic() < end:
        for message in containers.receive("facepipe-requests-dlq", seconds=2):
            found.add(message["MessageId"])
    assert found == sent
