"""The pipeline behind the Runtime API served by the supervisor, without RIE; in containers: tests/containers."""

from pathlib import Path

import httpx

from facepipe.client.photos import photo
from tests.acceptance.pipelines import native
from tests.acceptance.processes import of_kind


def test_a_photo_goes_through_without_rie(models_dir: Path, samples: Path, tmp_path: Path) -> None:
    with native(tmp_path, engine="runtime-api") as pipeline:
        (row,) = pipeline.send([photo(samples / "grace_hopper.jpg")])
        assert row.answer, row.problem
        assert not of_kind(pipeline.stack.process.pid, "rie")
        stats = httpx.get(pipeline.health.replace("/health", "/stats"), timeout=60).json()
        (trace,) = httpx.get(pipeline.health.replace("/health", "/traces"), timeout=60).json()["traces"]
        assert not trace["failed"]
        assert all(function["invocations"] == 1 for function in stats["functions"].values())
        assert "initialised in" in pipeline.stack.log.read_text()
