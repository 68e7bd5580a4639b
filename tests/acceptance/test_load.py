"""Many requests at once, and the same while processes are killed."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import pytest

from facepipe.client.photo_rows import Row
from facepipe.client.photos import Frame
from facepipe.client.sketch import camera_like_frames
from facepipe.client.tables import summary
from tests.acceptance.pipelines import PATIENT, Pipeline, native
from tests.acceptance.processes import alive, descendants, killing

pytestmark = pytest.mark.models


def hundred_frames(samples: Path) -> list[Frame]:
    shots = camera_like_frames(samples)
    return [
        Frame(f"{number}-{shots[number % len(shots)].name}", shots[number % len(shots)].content)
        for number in range(100)
    ]


def assert_every_name_is_right(rows: Sequence[Row]) -> None:
    """Kills and crowds may delay a result, never change it."""
    results = Counter((row.name.split("-", 1)[1], row.answer.result if row.answer else row.problem) for row in rows)
    assert len(results) == len({name for name, _ in results}), results


def receives(pipeline: Pipeline) -> int:
    """How often face-recognition was given a message, as the journal says; AWS has none."""
    if not pipeline.endpoints.api:
        return 0
    queues = httpx.get(f"{pipeline.endpoints.api}/stats").json()["queues"]
    return int(queues.get("facepipe-requests", {"received": 0})["received"])


def test_100_requests_20_in_flight(clean: Pipeline, samples: Path, record_figure: Callable[[str], None]) -> None:
    before = receives(clean)
    rows = clean.send(hundred_frames(samples), in_flight=20, linger_s=2)
    assert [row.problem for row in rows if not row.completed] == []
    assert len({row.request_id for row in rows}) == 100
    assert_every_name_is_right(rows)
    assert clean.eventually(lambda: set(clean.depths().values()) == {0}), clean.depths()
    # On a busy machine a call may take longer than its messages are hidden: then they are given once more.
    again = max(0, receives(clean) - before - len(rows))
    assert sum(row.duplicates for row in rows) <= again
    record_figure(f"100 requests, 20 in flight: {summary(rows)}")


def test_every_accepted_request_gets_its_result_while_processes_are_killed(
    models_dir: Path, samples: Path, tmp_path: Path, record_figure: Callable[[str], None]
) -> None:
    with native(tmp_path, **PATIENT) as pipeline:
        root = pipeline.stack.process.pid
        with killing(root, ["rie", "handler", "rie", "handler", "supervisor"], every_s=3) as killed:
            rows: list[Row] = []
            while len(killed) < 6 or "supervisor" not in killed:
                rows += pipeline.send(hundred_frames(samples), in_flight=20, timeout_s=120, linger_s=1, persistent=True)
        everybody = descendants(root)
        accepted = [row for row in rows if row.faces is not None]
        assert [row.problem for row in accepted if not row.completed] == []
        assert len(accepted) == len(rows), [row.problem for row in rows if row.faces is None]
        assert_every_name_is_right(rows)
    assert alive([root, *everybody]) == []
    record_figure(f"{len(rows)} requests while {Counter(killed)} were killed: {summary(rows)}")
