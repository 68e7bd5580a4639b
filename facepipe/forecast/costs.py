"""What a simulated run would cost, part by part, at the list prices of `facepipe/bench/prices.py`."""

from collections.abc import Sequence
from dataclasses import dataclass

from facepipe.bench.prices import DATA_OUT_GB, LAMBDA_REQUEST, LOG_GB, SQS_REQUEST, XRAY_TRACE, gb_s_price
from facepipe.forecast.simulation import Simulation

GB = 1e9  #: bytes, as prices have it
MB_OF_A_GB = 1_024  #: of memory
ANSWER_BYTES = 2_000  #: assumed: an answer of the URL, and a result that a client receives
RESULT_REQUESTS = 3  #: of a message that a client receives: sent, received, deleted
SAMPLED = 0.05  #: of the requests that X-Ray records beyond one a second
ACTIVE = "Active"


@dataclass(frozen=True, slots=True)
class CostPart:
    """One line of a bill."""

    name: str
    amount: str  #: what is counted, in words
    dollars: float


def cost_parts(simulation: Simulation) -> Sequence[CostPart]:
    """Return all lines of the bill of a run."""
    parts = []
    for name, function in simulation.functions.items():
        memory_mb = simulation.conditions.memory_of(function.function)
        gb_s = function.counts.billed_ms / 1000 * memory_mb / MB_OF_A_GB
        price = gb_s_price(function.function.details.architecture)
        parts.append(CostPart(f"Lambda {name}", f"{gb_s:,.1f} GB-s", gb_s * price))
    calls = sum(function.counts.calls for function in simulation.functions.values())
    parts.append(CostPart("Lambda requests", f"{calls:,}", calls * LAMBDA_REQUEST))
    for name, queue in simulation.queues.items():
        parts.append(_queue(name, queue.counts.requests))
    if simulation.results:
        parts.append(_queue("results", simulation.results * RESULT_REQUESTS))
    logs = sum(one.counts.calls * one.model.samples.log_bytes for one in simulation.functions.values())
    parts.append(CostPart("CloudWatch Logs", f"{logs / GB:,.3f} GB", logs / GB * LOG_GB))
    photos = len(simulation.recorder.came)
    answers = (photos + simulation.results) * ANSWER_BYTES
    parts.append(CostPart("data out", f"{answers / GB:,.3f} GB", answers / GB * DATA_OUT_GB))
    if any(one.function.details.tracing == ACTIVE for one in simulation.functions.values()):
        seconds = min(photos, simulation.load.span_s)
        traces = seconds + (photos - seconds) * SAMPLED
        parts.append(CostPart("X-Ray traces", f"{traces:,.0f}", traces * XRAY_TRACE))
    return parts


def total(parts: Sequence[CostPart]) -> float:
    """Return the sum, in dollars."""
    return sum(part.dollars for part in parts)


def _queue(name: str, requests: int) -> CostPart:
    return CostPart(f"SQS {name}", f"{requests:,} requests", requests * SQS_REQUEST)
