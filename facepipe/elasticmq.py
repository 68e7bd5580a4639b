"""ElasticMQ in a container of its own, to be measured and tested beside the emulator's own queue."""

import contextlib
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx

IMAGE = "softwaremill/elasticmq:1.7.1"
START_S = 60.0
#: as images/elasticmq.conf, but in memory: nothing outlives the container
CONFIGURATION = """include classpath("application.conf")
node-address { protocol = http, host = "*", port = 9324, context-path = "" }
rest-sqs { enabled = true, bind-port = 9324, bind-hostname = "0.0.0.0", sqs-limits = strict }
aws { region = us-east-1, accountId = 000000000000 }
"""


class ElasticMqError(RuntimeError):
    """ElasticMQ cannot be run here; the message says why."""


def docker_answers() -> bool:
    """Tell whether a Docker engine is there."""
    try:
        return subprocess.run(["docker", "version"], capture_output=True, check=False, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@contextlib.contextmanager
def elasticmq(port: int) -> Iterator[str]:
    """Run ElasticMQ on 127.0.0.1 for as long as the block lasts; yields its endpoint. Raises `ElasticMqError`."""
    name, endpoint = f"facepipe-elasticmq-{uuid.uuid4().hex[:8]}", f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="facepipe-elasticmq-") as folder:
        Path(folder).chmod(0o755)
        configuration = Path(folder) / "elasticmq.conf"
        configuration.write_text(CONFIGURATION, encoding="utf-8")
        command = ["docker", "run", "--rm", "--detach", "--name", name, "--publish", f"127.0.0.1:{port}:9324"]
        command += ["--env", "JAVA_TOOL_OPTIONS=-Xmx256m", "--volume", f"{configuration}:/opt/elasticmq.conf:ro", IMAGE]
        try:
            started = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise ElasticMqError(f"docker cannot be run ({error.strerror}); install it") from error
        try:
            if started.returncode:
                raise ElasticMqError(f"docker run {IMAGE}: {started.stderr.strip().splitlines()[-1]}")
            _wait_until_ready(endpoint)
            yield endpoint
        finally:
            subprocess.run(["docker", "rm", "--force", "--volumes", name], capture_output=True, check=False)


def _wait_until_ready(endpoint: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{endpoint}/health", timeout=5).status_code == 200:
                return
        time.sleep(0.05)
    raise ElasticMqError(f"ElasticMQ does not answer at {endpoint} within {START_S:g} s: see `docker logs`")
