"""What happened to a photo: from its request_id to every step, or to the cause, in one command; and the bench."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from facepipe.client.api import CollectedReport
from facepipe.client.collect import Collector
from facepipe.client.photo_rows import SendOptions
from facepipe.client.photos import photo
from facepipe.client.send import Sending
from facepipe.client.sketch import camera_like_frames
from tests.acceptance.kinds import once
from tests.acceptance.pipelines import PATHS, Pipeline, native, request

pytestmark = pytest.mark.models


def facepipe(pipeline: Pipeline, *arguments: str) -> str:
    command = [sys.executable, "-m", "facepipe", *arguments, "--api", pipeline.endpoints.api]
    result = subprocess.run(command, cwd=PATHS.root, capture_output=True, text=True, check=False, timeout=300)
    return " ".join((result.stdout + result.stderr).split())


def trace(pipeline: Pipeline, identifier: str) -> dict[str, Any]:
    return httpx.get(f"{pipeline.endpoints.api}/trace/{identifier}", timeout=60).json()


def test_one_trace_has_every_step_of_a_photo_from_the_post_to_the_collection(clean: Pipeline, samples: Path) -> None:
    url = clean.queue("facepipe-responses")
    with Collector(clean.sqs, url, CollectedReport(clean.endpoints.api, url)) as collector:
        (row,) = Sending(SendOptions(clean.endpoints.url), collector, lambda _: None).run(
            [photo(samples / "astronaut.png")]
        )
    assert row.answer
    assert clean.eventually(lambda: trace(clean, row.request_id).get("complete", False))
    told = trace(clean, row.request_id)
    steps = [span["name"] for span in told["spans"] if not span["is_part"] and span["name"] != "batching"]
    expected = [
        "accepted",
        "face-detection",
        "responded",
        "in facepipe-requests",
        "face-recognition",
        "deleted",
        "in facepipe-responses",
    ]
    assert sorted(set(steps) - {"cold start", "waiting for an environment"}) == sorted(expected)
    assert {span["name"] for span in told["spans"] if span["is_part"]} == {"detection", "publish", "recognition"}
    assert (told["names"], told["failed"]) == ([row.request_id], False)
    assert row.answer.trace_header.startswith("Root=1-")
    assert trace(clean, row.answer.trace_header.removeprefix("Root="))["spans"] == told["spans"], "one id all the way"
    shown = facepipe(clean, "trace", row.request_id)
    for said in ("face-detection", "collected", "distances", row.answer.attributes["model"]):
        assert said in shown


def test_a_corrupt_photo_is_one_command_away_from_its_cause(clean: Pipeline) -> None:
    content = base64.b64encode(b"no photo at all").decode()
    assert clean.post(request(content, "corrupt-photo")).status_code == 400
    for verb in (("trace", "corrupt-photo"), ("logs", "--request-id", "corrupt-photo")):
        assert "is no image that is understood" in facepipe(clean, *verb)
    assert "corrupt-photo" in facepipe(clean, "trace", "--failed")


def test_a_throttled_burst_is_one_command_away_from_its_cause(samples: Path, tmp_path: Path) -> None:
    with native(tmp_path, DetectionReservedConcurrency="1") as pipeline:
        rows = pipeline.send(camera_like_frames(samples) * 2, in_flight=8)
        assert [row.problem for row in rows if not row.completed] == []
        again = next(row for row in rows if row.attempts > 1)
        shown = facepipe(pipeline, "trace", again.request_id)
        assert "throttled" in shown
        assert "above ReservedConcurrentExecutions; raise it" in shown, "cause and cure"
        assert "429" in shown
        assert "in facepipe-requests" in shown, "all attempts are one trace, the one that succeeded too"
        assert json.loads(facepipe(pipeline, "stats", "--json"))["functions"]["face-detection"]["throttles"] >= 1


@once
def test_bench_pipeline_measures_what_runs_and_leaves_json_and_picture(clean: Pipeline, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `bench` is not installed: scripts/bench does it")
    output = tmp_path / "run"
    where = ("--url", clean.endpoints.url, "--sqs", clean.endpoints.sqs)
    shown = facepipe(clean, "bench", "pipeline", "-n", "12", "--warm-up", "2", *where, "--output", str(output))
    assert "12/12 completed, 0 failed, 0 duplicates" in shown
    assert "GB-seconds billed" in shown
    content = json.loads(output.with_suffix(".json").read_text())
    assert len(content["requests"]) == 12
    assert content["figures"]["latency_ms"]["p50"] > 0
    assert content["functions"]["invocations"] >= 13
    assert content["median_trace"]["spans"]
    assert output.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
