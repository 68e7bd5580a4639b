"""Calls both functions with photos, each function in a process of its own, and sums up what they used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from facepipe.bench.handler_events import batch_event, photo_event
from facepipe.bench.handler_process import DETECTION, RECOGNITION, Handled, MeasuredFunction, handler_process
from facepipe.bench.handler_stages import REST, STAGES
from facepipe.bench.stub_queue import StubQueue, stub_queue
from facepipe.client.photos import Frame
from facepipe.paths import Paths

WARM_UP = 3  #: how often a process gets all photos before it is measured


@dataclass(frozen=True, slots=True)
class HandlerTimes:
    """What a function's handler uses for a photo, in ms of processor time: the mean of the photos' medians."""

    total_ms: float
    stages_ms: Mapping[str, float]
    wall_ms: float = 0.0  #: by the clock on the wall

    @staticmethod
    def of(calls: Sequence[Handled], photos: int) -> "HandlerTimes":
        """Sum up calls with so many photos in turn."""

        def typical(used: Callable[[Handled], float]) -> float:
            return fmean(median(used(call) for call in calls[photo::photos]) for photo in range(photos))

        stages = dict.fromkeys(stage for call in calls for stage in call.stages_ms)
        found = {stage: typical(lambda call, stage=stage: call.stages_ms.get(stage, 0.0)) for stage in stages}  # type: ignore[misc]
        rest = {REST: typical(lambda call: call.processor_ms - sum(call.stages_ms.values()))} if stages else {}
        wall_ms = typical(lambda call: call.wall_ms)
        return HandlerTimes(typical(lambda call: call.processor_ms), {**found, **rest}, wall_ms)


def call_with_photos(
    paths: Paths, photos: Sequence[Frame], repeats: int, *, by_stage: bool = False, processor: int = -1
) -> dict[str, list[Handled]]:
    """Call face-detection with each photo in turn, then face-recognition with each photo's message.

    `paths` are those of the measured code and models. Without `by_stage`, only sums are measured and no function is
    wrapped. `processor` is the number of the one that is used, or -1.
    """

    def called(function: MeasuredFunction, events: Sequence[bytes], queue: StubQueue) -> list[Handled]:
        places = STAGES[function.name] if by_stage else ()
        with handler_process(function, paths, queue, places=places, processor=processor) as handle:
            for event in [*events] * WARM_UP:
                handle(event)
            return [handle(event) for _ in range(repeats) for event in events]

    with stub_queue() as requests, stub_queue() as responses:
        posts = [photo_event(photo, f"{number:032x}") for number, photo in enumerate(photos)]
        found = {DETECTION.name: called(DETECTION, posts, requests)}
        batches = [batch_event([message]) for message in requests.messages[: len(photos)]]
        return {**found, RECOGNITION.name: called(RECOGNITION, batches, responses)}
