"""How fast one client sends and receives, with few messages and with thousands waiting."""

import time
from collections.abc import Callable

from facepipe.bench.peers.measured_peer import RunningPeer
from facepipe.bench.queue_rates import BODY, TOGETHER, QueueServer

WAITING = 5_000
MESSAGES, SECONDS = 1_000, 2.0  #: of each row at most, and for how long
FILL_S = 10.0


def queue_rows(peer: RunningPeer) -> dict[str, float]:
    """Measure calls with ten messages each."""
    server = QueueServer(peer.sqs)
    sqs = server.client()
    url = server.queue(sqs, "rows")
    entries = [{"Id": str(number), "MessageBody": BODY} for number in range(TOGETHER)]

    def send() -> int:
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
        return TOGETHER

    def receive() -> int:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=TOGETHER).get("Messages", [])
        handles = [{"Id": str(number), "ReceiptHandle": one["ReceiptHandle"]} for number, one in enumerate(found)]
        if handles:
            sqs.delete_message_batch(QueueUrl=url, Entries=handles)
        return len(handles)

    rows = {"sends": _rate(send, MESSAGES, SECONDS), "receives": _rate(receive, MESSAGES, SECONDS)}
    _rate(send, WAITING, FILL_S)
    rows |= {"sends_waiting": _rate(send, MESSAGES, SECONDS), "receives_waiting": _rate(receive, MESSAGES, SECONDS)}
    sqs.delete_queue(QueueUrl=url)
    return rows


def _rate(step: Callable[[], int], messages: int, seconds: float) -> float:
    """Repeat a step until so many messages went, none was left or the time was over; return how many a second."""
    done, began = 0, time.perf_counter()
    while done < messages and time.perf_counter() - began < seconds:
        moved = step()
        if not moved:
            break
        done += moved
    return done / (time.perf_counter() - began)
