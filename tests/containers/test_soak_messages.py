"""ES-16 on ElasticMQ: as many messages as `scripts/soak messages N` says, to a function that fails in every way."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from facepipe.elasticmq import elasticmq
from facepipe.paths import Paths
from facepipe.stack import free_ports
from tests.acceptance.compose import require_docker
from tests.conformance.storm import Storm, assert_nothing_lost, orders

MESSAGES = int(os.environ.get("FACEPIPE_SOAK_MESSAGES", "1000"))
SECONDS = 60 + MESSAGES / 5

pytestmark = [pytest.mark.slow, pytest.mark.timeout(SECONDS * 3)]


def test_es16_nothing_is_lost_on_elasticmq(tmp_path: Path, record_figure: Callable[[str], None]) -> None:
    require_docker()
    if not (Paths().rie / "aws-lambda-rie").exists():
        pytest.skip("no Runtime Interface Emulator in var/rie: run scripts/models")
    with elasticmq(free_ports().sqs) as endpoint:
        storm = Storm(endpoint, tmp_path, orders(MESSAGES, random.Random(MESSAGES)), waiting=1_000)
        storm.run(seconds=SECONDS)
    record_figure(f"nothing lost, ElasticMQ: {storm.figures()}")
    assert_nothing_lost(storm)
