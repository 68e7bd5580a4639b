"""The rows of the table: what is measured, in which unit, and which peers can have it."""

from dataclasses import dataclass

from facepipe.bench.peers.measured_peer import QUEUES, TRIGGERS, URLS

START, URL, COLD, TRIGGER, PIPELINE, QUEUE = "start", "url", "cold", "trigger", "pipeline", "queue"
CHECKS = "checks"  #: no rows of figures, but what each peer gets wrong
GROUPS = (START, URL, COLD, TRIGGER, PIPELINE, QUEUE, CHECKS)


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One line of the table."""

    id: str
    title: str
    unit: str
    group: str
    needs: str  #: URLS, TRIGGERS or QUEUES
    more_is_better: bool = False


ROWS = (
    PeerRow("start", "start to first answer", "s", START, URLS),
    PeerRow("url_1kb", "Function URL, 1 KB", "ms", URL, URLS),
    PeerRow("url_1kb_printing", "Function URL, 1 KB, the function prints", "ms", URL, URLS),
    PeerRow("url_500kb", "Function URL, 500 KB", "ms", URL, URLS),
    PeerRow("url_8_in_flight", "Function URL, 8 in flight", "/s", URL, URLS, more_is_better=True),
    PeerRow("cold_20", "20 cold calls at once", "s", COLD, URLS),
    PeerRow("wake_up", "a message wakes its function", "ms", TRIGGER, TRIGGERS),
    PeerRow("wake_up_printing", "a message wakes a function that prints", "ms", TRIGGER, TRIGGERS),
    PeerRow("through_trigger", "2,000 messages through a trigger", "/s", TRIGGER, TRIGGERS, more_is_better=True),
    PeerRow("seconds", "30 calls of a second through a trigger", "s", TRIGGER, TRIGGERS),
    PeerRow("stages_alone", "two stages, one at a time", "ms", PIPELINE, TRIGGERS),
    PeerRow("stages_rate", "two stages, ten at a time", "/s", PIPELINE, TRIGGERS, more_is_better=True),
    PeerRow("stages_p95", "two stages, ten at a time, p95", "ms", PIPELINE, TRIGGERS),
    PeerRow("processor", "processor time of a request of two stages", "ms", PIPELINE, TRIGGERS),
    PeerRow("sends", "sends by one client", "/s", QUEUE, QUEUES, more_is_better=True),
    PeerRow("sends_waiting", "sends, with 5,000 waiting", "/s", QUEUE, QUEUES, more_is_better=True),
    PeerRow("receives", "receives with deletes", "/s", QUEUE, QUEUES, more_is_better=True),
    PeerRow("receives_waiting", "receives with deletes, with 5,000 waiting", "/s", QUEUE, QUEUES, more_is_better=True),
)
