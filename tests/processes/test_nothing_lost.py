"""No message is lost and no healthy one dies, with real messages and real processes, in the set-ups where it could happen.

| set-up | what it can show | what it cannot |
|---|---|---|
| storm: faults, throttles, a kill, a stop; visibility 2 s, maxReceiveCount 8 | that nothing is deleted before it was \
processed, and that nothing vanishes | that no healthy message dies: eight receives forgive much |
| backlog: 2 environments, no MaximumConcurrency, visibility and timeout short, maxReceiveCount 3 | that no message ages \
in the emulator until it is received too often | anything about faults; a poll that is cut off |
| changes: maxReceiveCount 1; mapping and function changed all the time, two restarts under load | that every message \
that was received is processed, whatever is changed meanwhile | a killed emulator: what it holds when it is killed counts \
as received, on AWS too |

The queue is the emulator's own: it is killed with the emulator. The same on ElasticMQ, which outlives it:
tests/containers/test_soak_messages.py. The same mechanisms in virtual time, and with exact expectations:
tests/unit/emulator/event_source/test_no_healthy_message_dies.py. With more messages: scripts/soak messages.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes.steady import Steady, assert_all_healthy
from tests.processes.storm import Storm, assert_nothing_lost
from tests.processes.tally import Order, healthy, stormy

MESSAGES = int(os.environ.get("FACEPIPE_SOAK_MESSAGES", "1000"))
SECONDS = 100 + MESSAGES / 5

pytestmark = [pytest.mark.timeout(SECONDS * 3), pytest.mark.usefixtures("rie")]


def test_es16_nothing_is_lost_of_a_thousand_messages(tmp_path: Path, record_figure: Callable[[str], None]) -> None:
    storm = Storm(tmp_path, stormy(MESSAGES, random.Random(16)))
    storm.run(seconds=SECONDS)
    record_figure(f"storm, the emulator's own queue: {storm.figures()}")
    assert_nothing_lost(storm)


def test_no_healthy_message_of_a_backlog_dies(tmp_path: Path, record_figure: Callable[[str], None]) -> None:
    steady = Steady(tmp_path, healthy(MESSAGES * 3 // 10, takes_s=0.1))
    steady.backlog(seconds=SECONDS)
    record_figure(f"backlog, the emulator's own queue: {steady.figures()}")
    assert_all_healthy(steady)


def test_no_healthy_message_dies_while_everything_changes(tmp_path: Path, record_figure: Callable[[str], None]) -> None:
    parameters = {"Receives": "1", "Visibility": "30", "Timeout": "20"}  # no call is too slow: it has one attempt
    steady = Steady(tmp_path, healthy(MESSAGES * 3 // 10, takes_s=0.01), parameters=parameters, waiting=20)
    steady.under_changes(seconds=SECONDS)
    record_figure(f"changes, the emulator's own queue: {steady.figures()}")
    assert_all_healthy(steady)


def test_a_lost_message_would_be_noticed(tmp_path: Path) -> None:
    """The storm can fail."""
    storm = Storm(tmp_path, [Order(0), Order(1), Order(2)], dead=[2])
    (tmp_path / "lines").write_text("done 0\ndone 0\nraise 1\n")
    assert storm.lost == {1}
    assert storm.duplicates == 1
    with pytest.raises(AssertionError, match="1 lost"):
        assert_nothing_lost(storm)


@pytest.mark.parametrize(("told", "dead"), [("done 0\n", [1]), ("done 0\n", [])])
def test_a_healthy_message_that_died_would_be_noticed(tmp_path: Path, told: str, dead: list[int]) -> None:
    """The other set-ups can fail, for a dead letter as for a message that is nowhere."""
    steady = Steady(tmp_path, healthy(2, takes_s=0), dead=dead)
    (tmp_path / "lines").write_text(told)
    with pytest.raises(AssertionError, match="1 processed"):
        assert_all_healthy(steady)
