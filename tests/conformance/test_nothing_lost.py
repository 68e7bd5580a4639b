"""ES-16 with real messages: whatever fails, each is processed at least once or is a dead letter. 10,000: scripts/soak."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from facepipe.paths import Paths
from facepipe.stack import free_ports
from tests.conformance.storm import Order, Storm, assert_nothing_lost, orders

MESSAGES = 1_000


@pytest.fixture
def moto() -> Iterator[str]:
    """A queue server that outlives the emulator."""
    port = free_ports().sqs
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                httpx.get(f"http://127.0.0.1:{port}/moto-api/", timeout=5)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def test_es16_nothing_is_lost_of_a_thousand_messages(
    moto: str, tmp_path: Path, record_figure: Callable[[str], None]
) -> None:
    if not (Paths().rie / "aws-lambda-rie").exists():
        pytest.skip("no Runtime Interface Emulator in var/rie: run scripts/models")
    storm = Storm(moto, tmp_path, orders(MESSAGES, random.Random(16)))
    storm.run(seconds=100)
    record_figure(f"nothing lost, moto: {storm.figures()}")
    assert_nothing_lost(storm)


def test_a_lost_message_would_be_noticed(tmp_path: Path) -> None:
    """The test above can fail."""
    storm = Storm("", tmp_path, [Order(0, ()), Order(1, ()), Order(2, ())], dead=[2])
    (tmp_path / "lines").write_text("done 0\ndone 0\nraise 1\n")
    assert storm.lost == {1}
    assert storm.duplicates == 1
    with pytest.raises(AssertionError, match="1 lost"):
        assert_nothing_lost(storm)
