"""Measured calls of functions: how long they took, computed and waited, and how large their messages are."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from facepipe.forecast.quantities import ForecastError


@dataclass(frozen=True, slots=True)
class CallSamples:
    """One function's measured calls."""

    function: str
    handler_ms: tuple[float, ...]  #: one number for each request or message; a batch's time is divided among its own
    init_ms: tuple[float, ...] = ()
    processor_ms: float | None = None  #: processor time a request, on average; None: not measured
    failed: float = 0.0  #: the share of requests that fail
    message_bytes: float = 0.0  #: of a message that the function receives, on average
    log_bytes: float = 0.0  #: that a call writes, on average

    @property
    def mean_ms(self) -> float:
        """The average time of a request."""
        return sum(self.handler_ms) / len(self.handler_ms)

    @property
    def computing(self) -> float:
        """Processor time in relation to the time on the clock; 1 if it was not measured, above 1 with threads."""
        return 1.0 if self.processor_ms is None else self.processor_ms / self.mean_ms

    @property
    def is_possible(self) -> bool:
        """Whether all numbers are some that a measurement can give: a file may hold anything."""
        numbers = [*self.handler_ms, *self.init_ms, self.failed, self.message_bytes, self.log_bytes]
        if self.processor_ms is not None:
            numbers.append(self.processor_ms)
        computed_in_no_time = bool(self.processor_ms) and bool(self.handler_ms) and not self.mean_ms
        return all(0 <= one < math.inf for one in numbers) and self.failed <= 1 and not computed_in_no_time

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AllSamples:
    """The samples of all functions, and where they come from."""

    source: str  #: for a person
    functions: Mapping[str, CallSamples]

    def __post_init__(self) -> None:
        """Raise `ForecastError` for numbers that no measurement gives."""
        for name, samples in self.functions.items():
            if not samples.is_possible:
                raise ForecastError(f"{self.source} has impossible numbers for {name}: name another file with --times")

    def of(self, function: str) -> CallSamples:
        """Return a function's samples; `ForecastError` if it was never called."""
        found = self.functions.get(function)
        if found is None or not found.handler_ms:
            raise ForecastError(
                f"{self.source} has no call of {function}: send it some requests, and give the journal with --times, or"
                f" say how long its calls take: --call-ms {function}=50"
            )
        return found


def read_samples(content: Any, source: str) -> AllSamples:
    """Read the member `calls` of a bench file. Raises `ForecastError` if it is missing."""
    try:
        functions = {name: _read_one(name, calls) for name, calls in content["calls"].items()}
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ForecastError(
            f"{source} has no times of calls: measure again with `scripts/bench pipeline --in-flight 1`, or name a"
            " journal with --times"
        ) from error
    return AllSamples(source, functions)


def _read_one(name: str, calls: Mapping[str, Any]) -> CallSamples:
    processor = calls.get("processor_ms")
    return CallSamples(
        name,
        tuple(float(value) for value in calls["handler_ms"]),
        tuple(float(value) for value in calls.get("init_ms", ())),
        None if processor is None else float(processor),
        float(calls.get("failed", 0.0)),
        float(calls.get("message_bytes", 0.0)),
        float(calls.get("log_bytes", 0.0)),
    )
