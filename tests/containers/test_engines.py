"""Either engine in containers: a photo through the pipeline, and the figures that only a container has."""

import base64
import io
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from facepipe.client.photos import photo
from tests.acceptance.compose import ComposePipeline, in_containers
from tests.acceptance.pipelines import request as body


@pytest.fixture(scope="module", params=["rie", "runtime-api"])
def pipeline(request: pytest.FixtureRequest, docker_engine: None) -> Iterator[ComposePipeline]:
    """The containers that other tests share, which nothing has happened to yet; behind the Runtime API, others."""
    if request.param == "rie":
        yield request.getfixturevalue("containers")
        return
    with in_containers(runtime=request.param) as running:
        yield running


def log(pipeline: ComposePipeline) -> str:
    return pipeline.compose("logs", "--no-color", "emulator").stdout


def engine(pipeline: ComposePipeline) -> str:
    return pipeline.environment["FACEPIPE_RUNTIME"]


def processes(pipeline: ComposePipeline, service: str) -> str:
    container, *_ = pipeline.containers(service)
    return str(container.top()["Processes"])


def test_a_photo_goes_through_both_functions(pipeline: ComposePipeline, samples) -> None:
    (row,) = pipeline.send([photo(samples / "grace_hopper.jpg")])
    assert row.answer, row.problem
    for service in ("face-detection", "face-recognition"):
        listing = processes(pipeline, service)
        assert "awslambdaric" in listing
        assert ("aws-lambda-rie" in listing) == (engine(pipeline) == "rie")


def test_rt05_the_init_phase_comes_before_the_first_call(pipeline: ComposePipeline) -> None:
    lines = [line for line in log(pipeline).splitlines() if "face-detection" in line]
    ready = next(i for i, line in enumerate(lines) if "is ready" in line)
    initialised = next(i for i, line in enumerate(lines) if "initialised in" in line)
    assert initialised < ready


def test_rt10_the_report_has_the_containers_peak(pipeline: ComposePipeline, samples) -> None:
    api = pipeline.health.removesuffix("/health")
    assert pipeline.send([photo(samples / "grace_hopper.jpg")])[0].completed
    answer = httpx.get(f"{api}/logs", params={"function": "face-detection"})
    reports = [line for line in answer.text.split("REPORT RequestId")[1:] if "Max Memory Used: " in line]
    peaks = [int(line.split("Max Memory Used: ")[1].split()[0]) for line in reports]
    assert peaks
    assert all(20 < peak < 1769 for peak in peaks)


def large_photo() -> str:
    """A photo that takes some 100 MB to look at, as base64."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((4000, 3000)).convert("RGB").save(file, "JPEG")
    return base64.b64encode(file.getvalue()).decode()


ANONYMOUS = """
import os
total = 0
for pid in filter(str.isdigit, os.listdir("/proc")):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("RssAnon:"):
            total += int(line.split()[1])
print(total // 1024)
"""


def test_an_out_of_memory_kill_is_told_with_the_cure(pipeline: ComposePipeline, samples) -> None:
    """The limit is lowered under the running function, to what it holds already and a little."""
    (container,) = pipeline.containers("face-detection")
    used_mb = int(container.exec_run(["python3", "-c", ANONYMOUS]).output)
    limit = f"{used_mb + 16}m"
    container.update(mem_limit=limit, memswap_limit=limit)
    assert pipeline.post(body(large_photo())).status_code == 502
    container.update(mem_limit="1769m", memswap_limit="1769m")
    assert pipeline.eventually(lambda: "out of memory at 1769 MB; raise MemorySize" in log(pipeline))
    (row,) = pipeline.send([photo(samples / "grace_hopper.jpg")], persistent=True)
    assert row.answer, row.problem
