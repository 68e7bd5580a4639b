"""`facepipe bench pipeline`: photos in, results out, and how long that took by clocks that AWS has as well."""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from facepipe.bench.figures import Functions, median_row
from facepipe.bench.processor_times import Times, per_request_ms
from facepipe.client.api import ask, collector_of
from facepipe.client.endpoints import EndpointError, Endpoints, check_url
from facepipe.client.photo_rows import Row, SendOptions
from facepipe.client.photos import Frame
from facepipe.client.send import Sending
from facepipe.client.signing import signature

MOST_IN_FLIGHT = 100  #: at a rate: what is slower than that is measured as it comes
LINGER_S = 2.0  #: after the last result, for duplicates


@dataclass(frozen=True, slots=True)
class Load:
    """What to send."""

    requests: int = 100
    in_flight: int = 4
    rate_per_s: float = 0.0  #: photos a second instead; 0: as `in_flight` allows
    warm_up: int = 10  #: photos before the run, which do not count

    @property
    def text(self) -> str:
        """Say it in a few words."""
        how = f"{self.rate_per_s:g} a second" if self.rate_per_s else f"{self.in_flight} in flight"
        return f"{self.requests} photos, {how}, after {self.warm_up} to warm up"


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """What was measured."""

    rows: Sequence[Row]
    functions: Functions | None  #: None where nobody can be asked
    trace: dict[str, Any] | None  #: of the median request
    model: str
    leftovers: str = ""  #: results of other requests in the response queue, in words
    started: float = 0.0  #: when the run began after its warm-up, in seconds since 1970
    processor_ms: Mapping[str, float] = field(default_factory=dict)  #: of a photo, by part (processor_times.py)


def measure(
    load: Load,
    photos: Sequence[Frame],
    endpoints: Endpoints,
    tell: Callable[[Row], None],
    *,
    processor_times: Callable[[], Times] = dict,
) -> PipelineRun:
    """Send the warm-up, then the load; `tell` is called with every settled photo of either.

    `processor_times` returns what each part of the pipeline has used so far; nothing where that is not known.
    """
    check_url(endpoints.url)
    in_flight = MOST_IN_FLIGHT if load.rate_per_s else load.in_flight
    plan = SendOptions(endpoints.url, in_flight, auth=signature(endpoints))
    source = itertools.cycle(photos)
    with collector_of(endpoints) as collector:
        if load.warm_up:
            warm_up = itertools.islice(source, load.warm_up)
            Sending(replace(plan, in_flight=load.in_flight), collector, tell).run(warm_up)
        started, before = time.time(), processor_times()
        frames = itertools.islice(source, load.requests)
        paced = at_rate(frames, load.rate_per_s) if load.rate_per_s else frames
        rows = Sending(replace(plan, linger_s=LINGER_S), collector, tell).run(paced)
        used = per_request_ms(before, processor_times(), len(rows))
    median = median_row(rows)
    model = median.answer.attributes.get("model", "") if median and median.answer else ""
    functions = functions_since(endpoints.api, started)
    leftovers = collector.leftovers
    return PipelineRun(rows, functions, _trace(endpoints.api, median), model, leftovers, started, used)


def at_rate(
    frames: Iterator[Frame],
    rate_per_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Frame]:
    """Yield frames when they are due, and late ones at once: a pause does not lower the rate."""
    started = clock()
    for number, frame in enumerate(frames):
        wait = started + number / rate_per_s - clock()
        if wait > 0:
            sleep(wait)
        yield frame


def functions_since(api: str, started: float) -> Functions | None:
    """Ask the emulator what its functions did; None where there is none to ask, or it keeps no journal."""
    if not api:
        return None
    try:
        functions = ask(api, "/stats", since_s=time.time() - started)["functions"]
        listed = ask(api, "/2015-03-31/functions/")["Functions"]
    except (EndpointError, KeyError):
        return None
    memory_gb = {function["FunctionName"]: function["MemorySize"] / 1024 for function in listed}
    return Functions(
        invocations=sum(function["invocations"] for function in functions.values()),
        cold_starts=sum(function["cold_starts"] for function in functions.values()),
        gb_s=round(sum(f["billed_ms"] / 1000 * memory_gb.get(name, 0) for name, f in functions.items()), 4),
    )


def _trace(api: str, row: Row | None) -> dict[str, Any] | None:
    if not api or row is None:
        return None
    try:
        return ask(api, f"/trace/{row.request_id}")
    except EndpointError:
        return None
