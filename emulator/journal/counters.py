"""Counters since the start, for Prometheus."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from emulator.journal import durations
from emulator.journal.entries import Entry, Kind

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Now = Mapping[str, Mapping[str, int]]  #: numbers by function or queue, and by state


class Counters:
    """Prometheus metrics, updated with each entry."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._invocations = Counter(
            "facepipe_invocations", "Calls that ended", ("function", "outcome"), registry=registry
        )
        self._durations = Histogram(
            "facepipe_invocation_seconds",
            "Duration of calls, without the init phase",
            ("function",),
            registry=registry,
            buckets=BUCKETS_S,
        )
        self._waits = Histogram(
            "facepipe_environment_wait_seconds", "Wait for an environment", ("function",), registry=registry
        )
        self._cold_starts = Counter(
            "facepipe_cold_starts", "Calls with an init phase", ("function",), registry=registry
        )
        self._throttles = Counter("facepipe_throttles", "Calls that were throttled", ("function",), registry=registry)
        self._responses = Counter(
            "facepipe_url_responses", "Function URL responses", ("function", "status"), registry=registry
        )
        self._messages = Counter("facepipe_messages", "Steps of messages", ("queue", "step"), registry=registry)
        self._depths = Gauge("facepipe_queue_messages", "Messages now", ("queue", "state"), registry=registry)
        self._largest = Gauge("facepipe_largest_message_bytes", "Largest body received", ("queue",), registry=registry)
        self._ignored = Counter(
            "facepipe_ignored_status",
            "Messages deleted although the function answered with a failure's status",
            ("function",),
            registry=registry,
        )
        self._peaks = Gauge("facepipe_peak_memory_mb", "Most memory used", ("function",), registry=registry)
        self.peaks_mb: dict[str, int] = {}  #: the most memory that an environment used, by function
        self.largest_bytes: dict[str, int] = {}  #: the largest received message, by queue
        self.ignored_statuses: dict[str, int] = {}  #: messages deleted in spite of a failure's status, by function
        self._environments = Gauge(
            "facepipe_environments", "Environments and calls now", ("function", "state"), registry=registry
        )

    def count(self, entry: Entry) -> None:
        """Update the metrics with an entry."""
        match entry.kind:
            case Kind.INVOKED:
                self._waits.labels(entry.function).observe(entry.number("waited_ms") / 1000)
            case Kind.ENDED:
                self._invocations.labels(entry.function, entry.text("outcome")).inc()
                took = durations.read_durations(entry)
                self._durations.labels(entry.function).observe(took.handler_ms / 1000)
                self._cold_starts.labels(entry.function).inc(took.init_ms is not None)
            case Kind.THROTTLED:
                self._throttles.labels(entry.function).inc()
            case Kind.RESPONDED:
                self._responses.labels(entry.function, entry.text("status")).inc()
            case Kind.RECEIVED | Kind.FILTERED | Kind.DELETED | Kind.RETURNED | Kind.DEAD_LETTERED:
                queue = entry.text("queue")
                self._messages.labels(queue, entry.kind.value).inc()
                self.largest_bytes[queue] = max(self.largest_bytes.get(queue, 0), int(entry.number("bytes")))

    def count_ignored(self, function: str, messages: int) -> None:
        """Count messages that were deleted although the function answered with a failure's status."""
        self._ignored.labels(function).inc(messages)
        self.ignored_statuses[function] = self.ignored_statuses.get(function, 0) + messages

    def see_memory(self, function: str, peak_mb: int) -> None:
        """Keep the most memory that an environment of a function has used."""
        self.peaks_mb[function] = max(self.peaks_mb.get(function, 0), peak_mb)
        self._peaks.labels(function).set(self.peaks_mb[function])

    def exposition(self, depths: Now, functions: Now) -> bytes:
        """Return all metrics in Prometheus' text format, with the current numbers of queues and functions."""
        for gauge, states in ((self._depths, depths), (self._environments, functions)):
            for name, numbers in states.items():
                for state, number in numbers.items():
                    gauge.labels(name, state).set(number)
        for queue, size in self.largest_bytes.items():
            self._largest.labels(queue).set(size)
        return generate_latest(self._registry)
