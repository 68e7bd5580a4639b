"""How fast messages reach the function that their queue triggers."""

import statistics
import time
import uuid
from collections.abc import Sequence
from typing import Any

from facepipe.bench.peers.made_by_api import service_client
from facepipe.bench.peers.measured_peer import RunningPeer
from facepipe.bench.peers.notes import Notes
from facepipe.client.endpoints import queue_url

TOGETHER = 10  #: messages that one call sends
WARM_UP = 1
WAKE_UPS, WAKE_UPS_S = 30, 5.0  #: that are measured at most, and for how long
PAUSE_S = 0.1  #: so that each message finds its queue idle
MANY, MANY_S = 2_000, 60.0
SLOW, SLOW_S = 30, 60.0
WAIT_S = 30.0


def trigger_rows(peer: RunningPeer, notes: Notes) -> dict[str, float]:
    """Measure single messages, a full queue, and calls that take a second."""
    sqs = service_client("sqs", peer.sqs)
    return {
        "wake_up": _wake_up_ms(sqs, "wake", notes),
        "wake_up_printing": _wake_up_ms(sqs, "wake-printing", notes),
        "through_trigger": _many_a_second(peer, sqs, notes),
        "seconds": _slow_s(sqs, notes),
    }


def send(sqs: Any, url: str, bodies: Sequence[str]) -> None:
    """Send messages, ten in a call."""
    for start in range(0, len(bodies), TOGETHER):
        part = bodies[start : start + TOGETHER]
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(part)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)


def _wake_up_ms(sqs: Any, queue: str, notes: Notes) -> float:
    """Return the median from the call of SendMessage to the function's first line."""
    url, times, end = queue_url(sqs, queue), list[float](), 0.0
    while len(times) < WARM_UP + WAKE_UPS and (len(times) <= WARM_UP or time.monotonic() < end):
        body, sent = uuid.uuid4().hex, time.time()
        sqs.send_message(QueueUrl=url, MessageBody=body)
        times.append(notes.wait([body], WAIT_S)[body] - sent)
        end = end or time.monotonic() + WAKE_UPS_S  # from the end of the first, which starts an environment
        time.sleep(PAUSE_S)
    return statistics.median(times[WARM_UP:]) * 1000


def _many_a_second(peer: RunningPeer, sqs: Any, notes: Notes) -> float:
    """Fill a queue, start its trigger, and return the rate from the first call of the function to the last."""
    bodies = [uuid.uuid4().hex for _ in range(MANY)]
    send(sqs, queue_url(sqs, "filled"), bodies)
    peer.enable("filled")
    times = notes.wait(bodies, MANY_S).values()
    first, last = min(times), max(times)
    return sum(at > first for at in times) / (last - first)


def _slow_s(sqs: Any, notes: Notes) -> float:
    """Return the time from the first send to the end of the last call."""
    bodies, began = [uuid.uuid4().hex for _ in range(SLOW)], time.time()
    send(sqs, queue_url(sqs, "seconds"), bodies)
    return max(notes.wait(bodies, SLOW_S).values()) - began
