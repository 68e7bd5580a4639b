"""`facepipe doctor` looks into containers: what a function wrote outside /tmp."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: a container that looks like an environment of `worker`, and writes where Lambda would not let it
WRITES = "touch /tmp/allowed /opt/forbidden; exec sleep 60"
TEMPLATE = """
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: doctors-patient
      PackageType: Image
      Code: {ImageUri: nowhere.invalid/none}
      Role: none
"""


@pytest.fixture(params=[False, True], ids=["writable", "read-only"])
def patient(request: pytest.FixtureRequest, docker_engine: None) -> Iterator[tuple[str, bool]]:
    name = f"facepipe-patient-{uuid.uuid4().hex[:8]}"
    confined = ["--read-only", "--tmpfs", "/tmp"] if request.param else []
    command = ["docker", "run", "--detach", "--rm", "--network", "none", "--name", name, *confined]
    command += ["debian:trixie-slim", "sh", "-c", WRITES, "supervisor.pyz", "--function", "doctors-patient"]
    started = subprocess.run(command, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    try:
        yield name, request.param
    finally:
        subprocess.run(["docker", "rm", "--force", name], capture_output=True, check=False)


def test_rt02_a_write_outside_tmp_is_found(patient: tuple[str, bool], tmp_path: Path) -> None:
    name, read_only = patient
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    wait = "until test -e /tmp/allowed; do sleep 0.05; done"
    subprocess.run(["docker", "exec", name, "sh", "-c", wait], check=True, timeout=30)
    command = [sys.executable, "-m", "facepipe", "doctor", "--template", str(template), "--json"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [one for one in json.loads(result.stdout)["findings"] if one["id"] == "RT-02"]
    if read_only:
        assert found == []
        return
    (finding,) = found
    assert result.returncode == 1
    assert name in finding["path"]
    assert "/opt/forbidden" in finding["on_aws"]
    assert "/tmp/allowed" not in finding["on_aws"]
