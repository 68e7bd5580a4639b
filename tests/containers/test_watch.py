"""`docker compose watch`: a changed handler is in the running function, without a model rebuild."""

import contextlib
import math
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from emulator.free_ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
CONTEXT = ("compose.yaml", "constraints.txt", "pyproject.toml", "template.yaml", ".dockerignore")
FOLDERS = ("emulator", "facepipe", "images", "services")
SECONDS = 240.0  #: until we give up
AGAIN_S = 20.0  #: after which the file is saved again


@contextlib.contextmanager
def running(folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """Run a copy of the checkout, one environment a function, with `watch` beside it."""
    command = ["docker", "compose", "--project-name", "facepipe-watch-test"]
    variables = {**os.environ, **environment}

    def compose(*arguments: str) -> None:
        result = subprocess.run(
            [*command, *arguments], cwd=folder, env=variables, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr[-2000:]

    compose("up", "--wait", "--build")
    log = (folder / "watch.log").open("w", encoding="utf-8")
    watch = subprocess.Popen([*command, "watch", "--no-up"], cwd=folder, env=variables, stdout=log, stderr=log)
    try:
        yield
    finally:
        watch.terminate()
        watch.wait()
        log.close()
        compose("down", "--volumes", "--timeout", "3")


def test_a_changed_handler_is_in_the_running_function(
    docker_engine: None, tmp_path: Path, record_figure: Callable[[str], None]
) -> None:
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in CONTEXT:
        shutil.copy(ROOT / name, tmp_path)
    ports = free_ports()
    environment = {
        "FACEPIPE_TAG": "watch-test",
        "FACEPIPE_URL_PORT": str(ports.url),
        "FACEPIPE_API_PORT": str(ports.api),
        "FACEPIPE_SQS_PORT": str(ports.sqs),
    }

    def answer() -> str:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{ports.url}/", timeout=5).text
        return ""

    with running(tmp_path, environment):
        assert "POST a photo" in answer()
        handler = tmp_path / "services/face_detection/handler.py"
        text = handler.read_text().replace("POST a photo", "SHOW a photo")
        changed, saved, seen = time.monotonic(), -math.inf, ""
        while "SHOW a photo" not in seen and time.monotonic() - changed < SECONDS:
            if time.monotonic() - saved > AGAIN_S:  # nothing tells when `watch` has begun to watch
                handler.write_text(text)
                saved = time.monotonic()
            time.sleep(0.1)
            seen = answer()
        assert "SHOW a photo" in seen, (tmp_path / "watch.log").read_text()[-2000:]
        record_figure(f"docker compose watch: a changed handler answered after {time.monotonic() - changed:.1f} s")
