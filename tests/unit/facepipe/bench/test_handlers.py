"""What the handlers cost: both functions in processes of their own, with a stub for the queues."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from facepipe.bench.handler_calls import HandlerTimes, call_with_photos
from facepipe.bench.handler_process import DETECTION, Handled, HandlerError, handler_process
from facepipe.bench.handler_stages import NETS, REST, STAGES, beyond_nets
from facepipe.bench.stub_queue import StubQueue, stub_queue
from facepipe.client.sketch import camera_like_frames
from facepipe.paths import Paths


@pytest.fixture
def queue() -> Iterator[StubQueue]:
    with stub_queue() as stub:
        yield stub


def test_both_functions_handle_photos_and_every_stage_is_found(models_dir: Path, samples: Path) -> None:
    photos = [frame for frame in camera_like_frames(samples) if frame.name in {"both.jpg", "nobody.jpg"}]
    calls = call_with_photos(Paths(), photos, repeats=2, by_stage=True)
    detected, recognised = calls["face-detection"], calls["face-recognition"]
    assert [call.response["statusCode"] for call in detected] == [200] * 4
    assert [call.response["body"][-2] for call in detected] == ["2", "0", "2", "0"]
    assert [call.response for call in recognised] == [{"batchItemFailures": []}] * 4
    for function, found in calls.items():
        assert found[0].stages_ms.keys() == {place.stage for place in STAGES[function]}
        assert sum(found[0].stages_ms.values()) < found[0].processor_ms


def test_a_function_that_raises_is_named_with_its_last_words(models_dir: Path, queue: StubQueue) -> None:
    with (
        handler_process(DETECTION, Paths(), queue) as handle,
        pytest.raises(HandlerError, match="Unable to unmarshal input"),
    ):
        handle(b"no JSON")


def test_a_photo_counts_by_its_median_and_all_photos_by_their_mean() -> None:
    calls = [
        Handled(None, total, {NETS: nets}) for total, nets in ((10, 4), (1, 0.5), (20, 9), (3, 1), (99, 7), (2, 1))
    ]
    times = HandlerTimes.of(calls, photos=2)
    assert times.total_ms == (20 + 2) / 2
    assert times.stages_ms == {NETS: (7 + 1) / 2, REST: (11 + 1) / 2}
    assert beyond_nets(times.stages_ms) == 6
    assert HandlerTimes.of([replace(call, stages_ms={}) for call in calls], photos=2).stages_ms == {}
