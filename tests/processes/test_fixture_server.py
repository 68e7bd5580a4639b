"""The process that a run of tests starts for its fixture `pipeline`."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

QUEUE = "Resources: {Work: {Type: AWS::SQS::Queue, Properties: {QueueName: work}}}\n"
#: a run of tests: it starts a pipeline, says where, and waits
RUN = """
import sys
from pathlib import Path
from facepipe.paths import Paths
from facepipe.pipeline_choice import ToStart
from facepipe.started_pipeline import started

folder = Path(sys.argv[1])
with started(ToStart(folder / "template.yaml"), folder, paths=Paths()) as pipeline:
    print(pipeline.endpoints.api, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("killed", [True, False])
def test_it_ends_with_the_run_however_that_ends(tmp_path: Path, killed: bool) -> None:
    (tmp_path / "template.yaml").write_text(QUEUE)
    command = [sys.executable, "-P", "-c", RUN, str(tmp_path)]
    run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout
    assert run.stdin
    api = run.stdout.readline().strip()
    assert httpx.get(f"{api}/health", timeout=60).json()["queues"].keys() == {"work"}
    if killed:
        run.kill()
    run.stdin.close()
    run.wait(timeout=60)
    run.stdout.close()
    deadline = time.monotonic() + 60
    while answers(api):
        assert time.monotonic() < deadline


def answers(api: str) -> bool:
    try:
        httpx.get(f"{api}/health", timeout=60)
    except httpx.ConnectError:
        return False
    except httpx.HTTPError:  # it is just ending
        pass
    return True
