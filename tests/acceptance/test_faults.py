"""What goes wrong around the pipeline: a clear line each, and recovery where there can be one."""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from emulator.free_ports import free_ports
from emulator.settings import Settings
from facepipe.client.photos import photo
from facepipe.client.sketch import camera_like_frames
from facepipe.local_pipeline import running
from facepipe.up_process import PipelineError
from services.enrolment.gallery_file import write_gallery
from services.face_recognition.gallery import Gallery, Model
from services.nets.building.build import build
from services.nets.building.weights import NetworkChoice
from tests.acceptance.pipelines import PATHS, Pipeline, native, request
from tests.acceptance.poison import CORRUPT_CROP, POISON, Poisoned
from tests.acceptance.processes import alive, descendants
from tests.acceptance.test_watch import facepipe
from tests.processes.storm import lambda_client

pytestmark = pytest.mark.models


def test_es24_poisoned_messages_fail_alone_and_reach_the_dead_letter_queue(poisoned: Poisoned) -> None:
    assert [row.problem for row in poisoned.rows if not row.completed] == []
    assert sorted(poisoned.dead) == sorted(POISON)
    assert poisoned.left == 0


def test_a_dead_letter_is_one_command_away_from_its_cause(poisoned: Poisoned, pipeline: Pipeline) -> None:
    """Here, because one wait for dead letters serves both tests."""
    corrupt = CORRUPT_CROP["request_id"]
    shown = facepipe(pipeline, "trace", corrupt)
    assert "dead-lettered" in shown
    assert "is neither PNG nor JPEG" in shown
    assert "is neither PNG nor JPEG" in facepipe(
        pipeline, "logs", "face-recognition", "--request-id", corrupt, "--errors"
    )
    told = json.loads(facepipe(pipeline, "stats", "--json"))
    assert told["queues"]["facepipe-requests"]["dead-lettered"] >= 1


def test_somebody_enrolled_while_it_runs_is_named_without_a_restart(
    clean: Pipeline, samples: Path, tmp_path: Path
) -> None:
    astronaut = photo(samples / "astronaut.png")
    (before,) = clean.send([astronaut])
    (tmp_path / "Eileen Collins").mkdir()
    shutil.copy(samples / "astronaut.png", tmp_path / "Eileen Collins")
    clean.enrol(tmp_path)
    (after,) = clean.send([astronaut])
    assert before.answer
    assert after.answer
    assert before.answer.result == "unknown"
    assert after.answer.result == "Eileen Collins"


def test_a_taken_port_is_named_with_the_option_that_changes_it(tmp_path: Path) -> None:
    ports = free_ports()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports.url))
        taken.listen()
        with (
            pytest.raises(PipelineError) as error,
            running(Settings(PATHS.template, ports=ports), tmp_path / "log"),
        ):
            pass
    assert f"port {ports.url}" in str(error.value)
    assert "--url-port" in str(error.value)


def test_a_gallery_of_another_model_is_named_and_replacing_it_recovers(samples: Path, tmp_path: Path) -> None:
    import numpy as np

    with native(tmp_path) as pipeline:
        good = (tmp_path / "gallery.npz").read_bytes()
        stranger = Gallery(("Nobody",), np.eye(1, 512, dtype=np.float32), Model("another-model", "0" * 64), 1.0)
        write_gallery(stranger, tmp_path / "gallery.npz")
        answer = pipeline.post(request(base64.b64encode((samples / "grace_hopper.jpg").read_bytes()).decode(), "waits"))
        assert answer.status_code == 200
        log = tmp_path / "up.log"
        assert pipeline.eventually(lambda: "was made with the model another-model" in log.read_text(), seconds=120)
        assert "facepipe enrol" in log.read_text()
        part = tmp_path / "gallery.part"
        part.write_bytes(good)
        part.replace(tmp_path / "gallery.npz")
        (message,) = pipeline.receive("facepipe-responses", seconds=120)
        assert json.loads(message["Body"]) == {"request_id": "waits", "result": "Grace Hopper"}


@pytest.mark.usefixtures("kernels_as_built")
def test_a_damaged_model_file_is_named_and_building_it_again_recovers(models_dir: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "models"
    shutil.copytree(models_dir, damaged)
    net = damaged / "pnet.plan"
    content = bytearray(net.read_bytes())
    content[1000] ^= 0xFF
    net.write_bytes(content)
    variables = {**os.environ, "MODELS_DIR": str(damaged), "REQUEST_QUEUE_URL": "http://127.0.0.1:1/q"}
    variables["AWS_REGION"] = variables["AWS_DEFAULT_REGION"] = "us-east-1"

    def load() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "import services.face_detection.main"]
        return subprocess.run(command, env=variables, cwd=PATHS.root, capture_output=True, text=True, check=False)

    last = load().stderr.strip().splitlines()[-1]
    assert "pnet.plan is damaged" in last
    assert "facepipe models" in last
    model = json.loads((models_dir / "manifest.json").read_text())["model_id"]
    build(damaged, PATHS.downloads, order=NetworkChoice(model), say=lambda _: None)
    assert load().returncode == 0


def test_photos_that_were_waiting_when_all_was_killed_are_recognised_after_the_next_start(
    samples: Path, tmp_path: Path
) -> None:
    content = base64.b64encode((samples / "grace_hopper.jpg").read_bytes()).decode()
    names = {f"waiting-{n}" for n in range(5)}
    with native(tmp_path) as pipeline:
        api = lambda_client(pipeline.stack)
        (mapping,) = api.list_event_source_mappings(FunctionName="face-recognition")["EventSourceMappings"]
        api.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        state = partial(api.get_event_source_mapping, UUID=mapping["UUID"])
        assert pipeline.eventually(lambda: state()["State"] == "Disabled")
        for name in names:
            assert pipeline.post(request(content, name)).status_code == 200
        assert pipeline.depth("facepipe-requests") == len(names)
        os.kill(pipeline.stack.process.pid, signal.SIGKILL)
        pipeline.stack.process.wait()
    with native(tmp_path) as pipeline:
        results: dict[str, str] = {}
        while len(results) < len(names) and (messages := pipeline.receive("facepipe-responses", seconds=120)):
            results |= {one["request_id"]: one["result"] for one in (json.loads(m["Body"]) for m in messages)}
        assert set(results) == names
        assert set(results.values()) == {"Grace Hopper"}
        # Results come before their photos are deleted. After a first call that was too slow, photos come once more.
        assert pipeline.eventually(lambda: pipeline.depth("facepipe-requests") == 0, seconds=120)
        assert pipeline.depth("facepipe-requests-dlq") == 0


def test_ctrl_c_finishes_what_is_in_flight_and_leaves_no_process(samples: Path, tmp_path: Path) -> None:
    with native(tmp_path) as pipeline:
        pipeline.send(camera_like_frames(samples))
        root = pipeline.stack.process.pid
        everybody = descendants(root)
        assert len(everybody) >= 6, "of two functions a supervisor, a RIE and a handler each"
    assert alive([root, *everybody]) == []
    assert pipeline.stack.process.returncode == 0
    assert "stopped" in (tmp_path / "up.log").read_text()
