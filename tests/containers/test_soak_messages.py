"""The set-ups of tests/processes/test_nothing_lost.py on ElasticMQ, with as many messages as `scripts/soak messages N`."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator.free_ports import free_ports
from facepipe.elasticmq import elasticmq
from tests.processes.steady import Steady, assert_all_healthy
from tests.processes.storm import Storm, assert_nothing_lost
from tests.processes.tally import healthy, stormy

MESSAGES = int(os.environ.get("FACEPIPE_SOAK_MESSAGES", "250"))
SECONDS = 200 + MESSAGES / 5

pytestmark = pytest.mark.timeout(SECONDS * 3)


@pytest.fixture
def endpoint(docker_engine: None, rie: Path) -> Iterator[str]:
    with elasticmq(free_ports().sqs) as address:
        yield address


def test_es16_nothing_is_lost_on_elasticmq(endpoint: str, tmp_path: Path, record_figure: Callable[[str], None]) -> None:
    storm = Storm(tmp_path, stormy(MESSAGES, random.Random(MESSAGES)), sqs_endpoint=endpoint, waiting=1_000)
    storm.run(seconds=SECONDS)
    record_figure(f"storm, ElasticMQ: {storm.figures()}")
    assert_nothing_lost(storm)


def test_no_healthy_message_of_a_backlog_dies_on_elasticmq(
    endpoint: str, tmp_path: Path, record_figure: Callable[[str], None]
) -> None:
    steady = Steady(tmp_path, healthy(MESSAGES * 6 // 5, takes_s=0.1), sqs_endpoint=endpoint)
    steady.backlog(seconds=SECONDS)
    record_figure(f"backlog, ElasticMQ: {steady.figures()}")
    assert_all_healthy(steady)


def test_no_healthy_message_dies_on_elasticmq_while_everything_changes(
    endpoint: str, tmp_path: Path, record_figure: Callable[[str], None]
) -> None:
    parameters = {"Receives": "1", "Visibility": "30", "Timeout": "20"}
    steady = Steady(tmp_path, healthy(MESSAGES, takes_s=0.01), sqs_endpoint=endpoint, parameters=parameters, waiting=20)
    steady.under_changes(seconds=SECONDS)
    record_figure(f"changes, ElasticMQ: {steady.figures()}")
    assert_all_healthy(steady)
