"""`facepipe bench pipeline --bound`: one photo at a time, and each handler by itself, beside the run just made."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import fmean, median

from facepipe.bench.bound import Bound, HandlerCost
from facepipe.bench.figures import completed, figures, latency_ms
from facepipe.bench.handler_calls import HandlerTimes, call_with_photos
from facepipe.bench.handler_process import DETECTION, RECOGNITION
from facepipe.bench.pipeline_load import Load, PipelineRun, measure
from facepipe.bench.processor_times import CLIENT
from facepipe.client.endpoints import EndpointError, Endpoints
from facepipe.client.photos import Frame
from facepipe.paths import Paths

FUNCTIONS = (DETECTION.name, RECOGNITION.name)
ALONE = Load(requests=35, in_flight=1, warm_up=7)
REPEATS = 5  #: of each photo, in each handler's process


def measure_bound(
    paths: Paths, photos: Sequence[Frame], endpoints: Endpoints, run: PipelineRun, *, share_wanted: float
) -> Bound:
    """Measure what the bound needs beside a run of this pipeline, which must not be at work meanwhile."""
    if missing := [name for name in FUNCTIONS if name not in run.processor_ms]:
        raise EndpointError(f"--bound is of this project's functions, and {', '.join(missing)} does not run there")
    alone = completed(measure(ALONE, photos, endpoints, lambda _: None).rows)
    rate_per_s = figures(run.rows).throughput_per_s
    if not (alone and rate_per_s):
        raise EndpointError("no bound: not a photo came through; the pipeline's log says why")
    cores = sorted(os.sched_getaffinity(0))
    return Bound(
        cores=len(cores),
        rate_per_s=rate_per_s,
        client_ms=run.processor_ms[CLIENT],
        handlers=handler_costs(paths, photos, cores),
        alone_ms=median(latency_ms(row) for row in alone),
        share_wanted=share_wanted,
    )


def handler_costs(paths: Paths, photos: Sequence[Frame], cores: Sequence[int]) -> list[HandlerCost]:
    """Measure each handler, on one core first, and then on all of them at once."""

    def times(core: int) -> dict[str, HandlerTimes]:
        calls = call_with_photos(paths, photos, REPEATS, processor=core)
        return {name: HandlerTimes.of(found, len(photos)) for name, found in calls.items()}

    alone = times(cores[0])
    with ThreadPoolExecutor(len(cores)) as threads:
        together = list(threads.map(times, cores))
    return [HandlerCost(name, alone[name].wall_ms, fmean(one[name].total_ms for one in together)) for name in FUNCTIONS]
