"""A project with every packaging, as processes: zip with a layer, an image's Dockerfile, inline code, and Node.js."""

import asyncio
import logging
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.app import Emulator
from emulator.free_ports import free_ports
from emulator.invocation import Invocation
from emulator.loading import load
from emulator.project.function_options import FunctionOptions
from emulator.project.preparing import Preparation
from emulator.project.project_file import read_project_file
from emulator.project.project_options import ProjectOptions
from emulator.settings import RUNTIME_API, Native, Settings

STUDIO = Path(__file__).resolve().parents[1] / "templates/studio"
OWN = FunctionOptions(python=f"3.{sys.version_info.minor}")  # others of this machine would need packages from a network
EXPECTED = {"resizing": "here [photo]", "thumbnails": "64 photo", "notes": "note photo"}


def test_each_packaging_runs_and_another_language_is_refused_by_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    caplog.set_level(logging.INFO)

    async def scenario() -> None:
        options = ProjectOptions(dict.fromkeys(("resize", "thumbnail", "note"), OWN)).over(read_project_file(STUDIO))
        settings = Settings(STUDIO / "template.yaml", project=options, engine=RUNTIME_API, ports=free_ports())
        resources = load(settings)
        preparation = Preparation(STUDIO, tmp_path, said.append, options)
        preparation.prepare_all(resources.functions)
        settings = replace(settings, native=Native(tmp_path / "rie", tmp_path, prepare=preparation.launch))
        async with asyncio.timeout(240), Emulator(settings, resources) as emulator:
            queues = emulator.parts.queues.queues
            await queues.send("previews", "photo")
            for queue in EXPECTED:
                await queues.send(queue, "photo")
            done = set[str]()
            while len(done) < len(EXPECTED):
                done |= {message["Body"] for message in await queues.receive("done", maximum=10, wait_s=1)}
            assert done == set(EXPECTED.values())
            depth = await queues.depth("previews")
            assert (depth.visible, depth.in_flight) == (1, 0)

    asyncio.run(scenario())
    assert "preview: its Runtime nodejs22.x is not Python" in caplog.text
    assert "with --docker, or name the command that starts it: --function preview:command=…" in caplog.text
    assert f"resize: app.handler in {STUDIO / 'resize'}" in said
    assert "thumbnail: not done here: RUN dnf install -y fonts-$EXTRA" in said
    assert "thumbnail: facepipe up --docker builds and runs the image itself" in said


#: a runtime in a few lines, as one in any other language: it asks Lambda's Runtime API for invocations
RUNTIME = """
import os, urllib.request
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{api}/next") as asked:
        request_id, event = asked.headers["Lambda-Runtime-Aws-Request-Id"], asked.read()
    answer = f'"{os.environ["_HANDLER"]} {os.path.basename(os.getcwd())} " '.encode().strip()[:-1] + event[1:]
    urllib.request.urlopen(f"{api}/{request_id}/response", data=answer).read()
"""
NODE = """Resources:
  Preview:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: preview, Runtime: nodejs22.x, Handler: index.handler, Code: ./preview, Role: r}
"""


def test_a_command_of_ones_own_runs_a_function_of_any_language(tmp_path: Path) -> None:
    (tmp_path / "preview").mkdir()
    (tmp_path / "preview/runtime.py").write_text(RUNTIME)
    (tmp_path / "template.yaml").write_text(NODE)
    (tmp_path / "facepipe.toml").write_text(f'[functions.preview]\ncommand = ["{sys.executable}", "runtime.py"]\n')

    async def scenario() -> bytes:
        options = read_project_file(tmp_path)
        settings = Settings(tmp_path / "template.yaml", project=options, engine=RUNTIME_API, ports=free_ports())
        resources = load(settings)
        preparation = Preparation(tmp_path, tmp_path / "made", lambda _: None, options)
        preparation.prepare_all(resources.functions)
        settings = replace(settings, native=Native(tmp_path / "rie", tmp_path, prepare=preparation.launch))
        async with asyncio.timeout(240), Emulator(settings, resources) as emulator:
            outcome = await emulator.parts.pools.invoke(Invocation("preview", "request", b'"photo"'))
            return outcome.payload

    assert asyncio.run(scenario()) == b'"index.handler preview photo"'
