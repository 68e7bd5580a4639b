"""A real registry on localhost."""

import contextlib
import time
from collections.abc import Iterator

import docker
import httpx
import pytest

from emulator.free_ports import free_ports
from facepipe.ship.manifests import fetch


@contextlib.contextmanager
def a_registry() -> Iterator[str]:
    """Run an empty registry; HOST:PORT."""
    port = free_ports().url
    container = docker.from_env().containers.run(
        "registry:2", detach=True, remove=True, ports={"5000/tcp": ("127.0.0.1", port)}
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/v2/")
        yield f"127.0.0.1:{port}"
    finally:
        container.stop(timeout=1)


def wait_for(url: str) -> None:
    """Wait until something answers there."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            httpx.get(url, timeout=5)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"{url} does not answer")


def config_of(reference: str) -> str:
    """Return the config digest of the image that a registry has under a reference."""
    found = fetch(reference)
    assert found, reference
    return found.config_digest
