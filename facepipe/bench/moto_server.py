"""moto's server, to be measured beside the emulator's own queue; only a development environment has it."""

import contextlib
import importlib.util
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx

START_S = 30.0


def has_moto() -> bool:
    """Tell whether moto is installed."""
    return importlib.util.find_spec("moto") is not None


@contextlib.contextmanager
def moto_server(port: int) -> Iterator[str]:
    """Run moto's server on 127.0.0.1 for as long as the block lasts; yields its endpoint."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint, end = f"http://127.0.0.1:{port}", time.monotonic() + START_S
    try:
        while time.monotonic() < end:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"{endpoint}/moto-api/", timeout=5)
                break
            time.sleep(0.1)
        yield endpoint
    finally:
        process.kill()
        process.wait()
