"""What the pytest plugin offers to other people's suites, and the camera that knows only requests and boto3."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from facepipe.up_process import PipelineError
from tests.acceptance.pipelines import PATHS, Pipeline

pytestmark = pytest.mark.models
CAMERA = PATHS.root / "examples/camera.py"


def test_recognise_returns_the_name(clean: Pipeline, samples: Path) -> None:
    assert clean.recognise(samples / "grace_hopper.jpg") == "Grace Hopper"
    assert clean.recognise((samples / "grace_hopper.jpg").read_bytes()) == "Grace Hopper"


def test_what_is_no_photo_is_an_error_that_says_why(clean: Pipeline) -> None:
    with pytest.raises(PipelineError, match="no image that is understood"):
        clean.recognise(b"no photo")


def test_the_queues_are_there_by_name(clean: Pipeline) -> None:
    assert {"facepipe-requests", "facepipe-requests-dlq", "facepipe-responses"} <= set(clean.queues)
    assert clean.queues["facepipe-requests"].depth == 0


def test_logs_and_trace_tell_of_one_request(clean: Pipeline, samples: Path) -> None:
    if not clean.endpoints.api:
        pytest.skip("AWS has no journal")
    row = clean.send_one(samples / "grace_hopper.jpg")
    assert clean.eventually(lambda: any(row.request_id in line for line in clean.logs(row.request_id)))
    assert {span["name"] for span in clean.trace(row.request_id)["spans"]}


def test_the_camera_needs_two_addresses(clean: Pipeline, samples: Path) -> None:
    addresses = {"FACEPIPE_URL": clean.endpoints.url, "FACEPIPE_RESPONSES": clean.queue("facepipe-responses")}
    photos = [str(samples / "grace_hopper.jpg"), str(samples / "astronaut.png")]
    command = [sys.executable, str(CAMERA), *photos]
    result = subprocess.run(
        command, env={**os.environ, **addresses}, capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert f"{photos[0]}: Grace Hopper" in result.stdout.splitlines()
    assert len(result.stdout.splitlines()) == 2


def test_leftovers_in_the_response_queue_are_in_nobodys_way(clean: Pipeline, samples: Path) -> None:
    leftovers = [{"Id": str(i), "MessageBody": f'{{"request_id":"old-{i}","result":"no-face"}}'} for i in range(250)]
    for start in range(0, len(leftovers), 10):
        clean.sqs.send_message_batch(QueueUrl=clean.queue("facepipe-responses"), Entries=leftovers[start : start + 10])
    photo = samples / "grace_hopper.jpg"
    assert clean.recognise(photo) == "Grace Hopper"
    addresses = {"FACEPIPE_URL": clean.endpoints.url, "FACEPIPE_RESPONSES": clean.queue("facepipe-responses")}
    result = subprocess.run(
        [sys.executable, str(CAMERA), str(photo)],
        env={**os.environ, **addresses},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.stdout == f"{photo}: Grace Hopper\n", result.stderr
    assert "results of other requests lie in the queue" in result.stderr
    assert clean.depth("facepipe-responses") == 250


def test_the_camera_stays_small() -> None:
    lines = CAMERA.read_text().splitlines()
    assert len(lines) < 60
    third_party = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import", "from"))}
    assert third_party - set(sys.stdlib_module_names) == {"boto3", "botocore", "requests"}


STRANGERS = """
from pathlib import Path

def test_mine(pipeline):
    assert pipeline.recognise(Path({photo!r})) == "Grace Hopper"
    assert pipeline.queues["facepipe-requests"].depth == 0
"""


def test_a_strangers_suite_gets_a_pipeline_that_is_started_for_it(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(STRANGERS.format(photo=str(samples / "grace_hopper.jpg")))
    # An environment that was made before the plugin does not have its entry point yet.
    plugin = [] if entry_points(group="pytest11", name="facepipe") else ["-p", "facepipe.pytest_plugin"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FACEPIPE_", "AWS_"))}
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            *plugin,
            "-p",
            "no:cacheprovider",
            "test_mine.py",
        ],
        cwd=tmp_path,
        env={**clean, "PYTHONPATH": str(PATHS.root)},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert "1 passed" in result.stdout, result.stdout + result.stderr
