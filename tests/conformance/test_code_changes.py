"""Who may bring code or variables into a function through the API: this user, seen from outside."""

import base64
import json
import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.access_settings import Access
from emulator.environments.environment_limits import Limits
from emulator.free_ports import free_ports
from emulator.settings import RUNTIME_API, Settings
from facepipe.client.endpoints import sqs_client
from facepipe.local_pipeline import running
from tests.conformance.conftest import TEMPLATE, Tiny
from tests.unit.emulator.lambda_api.archives import CODE, ROLE, archive

ANOTHER_USER = pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
#: what any program can do: no library, and a signature that nobody made
ATTACK = """
import json, sys, urllib.error, urllib.request
port, method, path, body = sys.argv[1:]
request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body.encode(), method=method)
try:
    with urllib.request.urlopen(request) as answer:
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.status, error.read().decode())
"""
CONFIGURATION = "/2015-03-31/functions/describe/configuration"
VARIABLES = {"Environment": {"Variables": {"PYTHONWARNINGS": "all:0:antigravity.x:0:0", "BROWSER": "touch /tmp/taken"}}}


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tiny, Path]]:
    """The application with a key file."""
    folder = tmp_path_factory.mktemp("keyed")
    access = Access(key_file=folder / "secrets/key")
    settings = Settings(TEMPLATE, environments=Limits(1), ports=free_ports(), engine=RUNTIME_API, access=access)
    with running(settings, folder / "up.log") as stack:
        yield Tiny(stack, sqs_client(stack.endpoints), RUNTIME_API), folder / "secrets/key"


def as_nobody(tiny: Tiny, method: str, path: str, body: object) -> tuple[int, str]:
    """Send a request as another user of this machine."""
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    command = [python, "-c", ATTACK, str(tiny.stack.ports.api), method, path, json.dumps(body)]
    nobody = pwd.getpwnam("nobody").pw_uid
    done = subprocess.run(command, user=nobody, cwd="/", capture_output=True, text=True, check=True, timeout=60)
    status, _, answer = done.stdout.partition(" ")
    return int(status), answer


def variables(tiny: Tiny) -> dict[str, str]:
    return tiny.api.get_function_configuration(FunctionName="describe").get("Environment", {}).get("Variables", {})


@ANOTHER_USER
def test_another_user_cannot_bring_variables_into_a_function_and_this_user_can(keyed: tuple[Tiny, Path]) -> None:
    tiny, key = keyed
    status, answer = as_nobody(tiny, "PUT", CONFIGURATION, VARIABLES)
    assert status == 403
    assert "UpdateFunctionConfiguration with Environment is taken only from the user who runs the emulator" in answer
    assert f"$(cat {key})" in answer
    assert variables(tiny) == {"GREETING": "hello"}
    tiny.api.update_function_configuration(FunctionName="describe", Environment={"Variables": {"GREETING": "mine"}})
    assert variables(tiny) == {"GREETING": "mine"}
    assert tiny.invoke("describe")["Payload"]["environment"]["GREETING"] == "mine"


@ANOTHER_USER
def test_another_user_cannot_bring_a_function_or_other_code(keyed: tuple[Tiny, Path]) -> None:
    tiny, _ = keyed
    code = base64.b64encode(archive(CODE)).decode()
    made = {"FunctionName": "theirs", "Role": ROLE, "Runtime": "python3.11", "Handler": "app.handler"}
    status, answer = as_nobody(tiny, "POST", "/2015-03-31/functions", {**made, "Code": {"ZipFile": code}})
    assert (status, "CreateFunction is taken only from the user who runs the emulator" in answer) == (403, True)
    status, answer = as_nobody(tiny, "PUT", "/2015-03-31/functions/describe/code", {"ZipFile": code})
    assert (status, "UpdateFunctionCode is taken only" in answer) == (403, True)
    status, answer = as_nobody(tiny, "PUT", CONFIGURATION, {"Handler": "os.system"})
    assert (status, "UpdateFunctionConfiguration with Handler" in answer) == (403, True)


@ANOTHER_USER
def test_another_user_may_call_functions_and_change_what_is_no_code(keyed: tuple[Tiny, Path]) -> None:
    tiny, _ = keyed
    assert as_nobody(tiny, "POST", "/2015-03-31/functions/echo/invocations", {"a": 1}) == (200, '{"a": 1}\n')
    assert as_nobody(tiny, "PUT", CONFIGURATION, {"Timeout": 4})[0] == 200


@ANOTHER_USER
@pytest.mark.parametrize("environment", [{}, None, {"Variables": {}}])
def test_another_user_cannot_take_variables_away_either(keyed: tuple[Tiny, Path], environment: object) -> None:
    tiny, _ = keyed
    before = variables(tiny)
    status, answer = as_nobody(tiny, "PUT", CONFIGURATION, {"Environment": environment, "Timeout": 4})
    assert status == 403 or variables(tiny) == before, answer
    assert variables(tiny) == before


@ANOTHER_USER
def test_another_user_with_the_key_is_taken_for_this_user(keyed: tuple[Tiny, Path], tmp_path: Path) -> None:
    """As from a container: the signature is all that tells."""
    tiny, key = keyed
    code = (
        "import boto3, encodings.idna, os, sys\n"
        "api = boto3.client('lambda', endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id=sys.argv[2],"
        " aws_secret_access_key=sys.argv[3])\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"  # when all of its files are read
        "variables = {'Variables': {'GREETING': 'signed'}}\n"
        "try:\n    api.update_function_configuration(FunctionName='describe', Environment=variables)\n"
        "except api.exceptions.ClientError as error:\n    sys.exit(error.response['Error']['Code'])\n"
    )
    for secret, expected in (("wrong" * 8, "AccessDeniedException\n"), (key.read_text().strip(), "")):
        arguments = [f"http://127.0.0.1:{tiny.stack.ports.api}", "facepipe-owner", secret]
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.stderr == expected
    assert variables(tiny) == {"GREETING": "signed"}


def test_the_key_is_readable_by_its_owner_only(keyed: tuple[Tiny, Path]) -> None:
    _, key = keyed
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_text().strip()) >= 32


@pytest.mark.parametrize("name", ["AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY"])
def test_rt01_variables_that_lambda_reserves_are_refused_and_others_are_taken(
    keyed: tuple[Tiny, Path], name: str
) -> None:
    tiny, _ = keyed
    with pytest.raises(tiny.api.exceptions.InvalidParameterValueException, match=f"Reserved keys .*: {name}"):
        tiny.api.update_function_configuration(FunctionName="describe", Environment={"Variables": {name: "x"}})
    own = {"Variables": {"GREETING": "hello", "PYTHONWARNINGS": "ignore", "BROWSER": "none"}}
    tiny.api.update_function_configuration(FunctionName="describe", Environment=own)
    assert tiny.invoke("describe")["Payload"]["environment"]["BROWSER"] == "none"
