"""The console in headless Chromium, by Playwright: on the face pipeline with real photos, and on tiny functions."""

import asyncio
import base64
import contextlib
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from emulator.environments.scripted_functions import ScriptedContext
from emulator.free_ports import free_ports
from emulator.kept_places import ConsolePlace
from emulator.resources import EventSourceMapping, Function, FunctionUrl, Queue, Resources
from emulator.settings import Settings
from facepipe.local_pipeline import running
from facepipe.paths import Paths
from services.enrolment.gallery_place import seed
from tests.chromium import camera_frames, checked_page, chromium, require_chromium
from tests.emulators import emulator_of
from tests.unit.emulator.stacks import resources

SAMPLE = Paths().samples / "grace_hopper.jpg"
KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}


@dataclass
class Running:
    """A running emulator with its console."""

    api: str
    url: str
    scripts: "Scripts | None" = None

    def send(self, request_id: str = "", *, filename: str = "photo.jpg", content: bytes = b"") -> str:
        """Post a photo as a camera does; return its request_id."""
        request_id = request_id or str(uuid.uuid4())
        photo = base64.b64encode(content or SAMPLE.read_bytes()).decode()
        httpx.post(self.url, json={"content": photo, "request_id": request_id, "filename": filename}, timeout=60)
        return request_id

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.api, **KEYS)


@pytest.fixture(scope="module")  # while it lasts, this thread has a running event loop, and other tests want their own
def browser(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    require_chromium()
    with chromium(camera_frames(tmp_path_factory.mktemp("camera") / "frames.mjpeg", SAMPLE)) as started:
        yield started


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    with checked_page(browser) as page:
        yield page


@pytest.fixture(scope="module")  # other tests count the processes below this one
def faces(models_dir: Path, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The face pipeline, as processes, which knows the people of the sample gallery."""
    folder = tmp_path_factory.mktemp("faces")
    paths = Paths()
    seed(folder / "gallery.npz", models_dir)
    settings = Settings(paths.template, ports=free_ports(), console=ConsolePlace(paths.console_pages))
    with running(settings, folder / "up.log", gallery=folder / "gallery.npz") as local:
        yield Running(f"http://127.0.0.1:{local.ports.api}", f"http://127.0.0.1:{local.ports.url}/")


@dataclass
class Scripts:
    """The code of the tiny functions; `failing` makes the worker fail."""

    failing: bool = False
    bodies: list[str] = field(default_factory=list)
    worked: threading.Event = field(default_factory=threading.Event)

    async def echo(self, event: Any, context: ScriptedContext) -> Any:
        context.log("echo was called")
        return event.get("body") if isinstance(event, dict) else event

    async def worker(self, event: Any, context: ScriptedContext) -> None:
        if self.failing:
            raise ValueError("the worker was told to fail")
        self.bodies += [record["body"] for record in event["Records"]]
        self.worked.set()


ECHO = Function("Echo", "echo", "image", (), 3, 128, 512)
TINY = resources(
    queues=[
        Queue("Dead", "dead", {}),
        Queue(
            "Jobs",
            "jobs",
            {
                "VisibilityTimeout": "1",
                "RedrivePolicy": json.dumps(
                    {
                        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead",
                        "maxReceiveCount": 1,
                    }
                ),
            },
        ),
    ],
    functions=[ECHO, replace(ECHO, logical_id="Worker", name="worker", timeout_s=1)],
    urls=[FunctionUrl("EchoUrl", "echo", "NONE")],
    mappings=[EventSourceMapping("JobsToWorker", "jobs", "worker")],
)


@contextlib.contextmanager
def in_thread(resources: Resources, scripts: Scripts, settings: Settings) -> Iterator[Running]:
    """Run an emulator with a console in a thread."""
    ready = Future[Callable[[], object]]()

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        async with emulator_of(resources, {"echo": scripts.echo, "worker": scripts.worker}, settings):
            ready.set_result(lambda: loop.call_soon_threadsafe(stop.set))
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    stop = ready.result(240)
    yield Running(f"http://127.0.0.1:{settings.ports.api}", f"http://127.0.0.1:{settings.ports.url}/", scripts)
    stop()
    thread.join()


def console_settings(sqs_endpoint: str = "") -> Settings:
    console = ConsolePlace(Paths().console_pages)
    return replace(Settings(Path("none")), ports=free_ports(), console=console, sqs_endpoint=sqs_endpoint)


@pytest.fixture
def tiny() -> Iterator[Running]:
    """Two functions that know nothing of faces."""
    with in_thread(TINY, Scripts(), console_settings()) as running:
        yield running


@pytest.fixture
def remote() -> Iterator[Running]:
    """The same with another server's queues, which shows messages only to receivers."""
    server = console_settings()
    with (
        in_thread(resources(), Scripts(), server),
        in_thread(TINY, Scripts(), console_settings(f"http://127.0.0.1:{server.ports.sqs}")) as running,
    ):
        yield running
