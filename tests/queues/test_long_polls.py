"""Long polls. A poll is woken by what comes; that it is woken at once is a figure, not a test."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tests.queues.conftest import Sqs
from tests.queues.servers import QueueServer

LONG_S = 15


def test_a_poll_waits_for_a_message_that_is_sent_meanwhile(sqs: Sqs) -> None:
    url = sqs.make()
    sender = threading.Timer(0.3, lambda: sqs.send(url, "meanwhile"))
    sender.start()
    assert sqs.bodies(url, WaitTimeSeconds=LONG_S) == ["meanwhile"]
    sender.join()


def test_a_poll_waits_for_a_message_that_becomes_visible_meanwhile(sqs: Sqs) -> None:
    url = sqs.make()
    sqs.send(url, "delayed", DelaySeconds=1)
    assert sqs.bodies(url, WaitTimeSeconds=LONG_S) == ["delayed"]


def test_a_poll_ends_without_messages(sqs: Sqs) -> None:
    url, start = sqs.make(), time.monotonic()
    assert sqs.receive(url, WaitTimeSeconds=1) == []
    assert time.monotonic() - start > 0.8, "it did not wait"


def test_a_queue_may_make_all_its_polls_long(sqs: Sqs) -> None:
    url = sqs.make(ReceiveMessageWaitTimeSeconds=LONG_S)
    sender = threading.Timer(0.3, lambda: sqs.send(url, "meanwhile"))
    sender.start()
    assert sqs.bodies(url) == ["meanwhile"]
    sender.join()


def test_a_poll_may_be_short_where_the_queues_are_long(sqs: Sqs) -> None:
    url, start = sqs.make(ReceiveMessageWaitTimeSeconds=LONG_S), time.monotonic()
    assert sqs.receive(url, WaitTimeSeconds=0) == []
    assert time.monotonic() - start < LONG_S / 2


def test_each_message_wakes_one_poll(sqs: Sqs) -> None:
    url = sqs.make()
    with ThreadPoolExecutor(4) as pool:
        polls = [pool.submit(sqs.bodies, url, WaitTimeSeconds=LONG_S) for _ in range(4)]
        for n in range(4):
            sqs.send(url, str(n))
        received = [body for poll in polls for body in poll.result()]
    left = sqs.bodies(url)
    assert sorted(received + left) == ["0", "1", "2", "3"], "a message was received twice, or lost"


def test_a_poll_of_a_queue_that_is_deleted_ends(sqs: Sqs) -> None:
    """SQS documents no answer for it; it must not go on for its time."""
    url = sqs.make()
    with ThreadPoolExecutor(1) as pool:
        start = time.monotonic()
        poll = pool.submit(sqs.client.receive_message, QueueUrl=url, WaitTimeSeconds=LONG_S)
        time.sleep(0.5)
        sqs.client.delete_queue(QueueUrl=url)
        poll.exception()
    assert time.monotonic() - start < LONG_S - 2


def test_a_poll_that_is_broken_off_takes_nothing(server: QueueServer, sqs: Sqs) -> None:
    url = sqs.make()
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": LONG_S}).encode()
    host, port = server.endpoint.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as poll:
        head = (
            f"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\nContent-Length: {len(body)}"
        )
        poll.sendall(head.encode() + b"\r\n\r\n" + body)
        sqs.receive(sqs.make(), WaitTimeSeconds=1)  # the port has seen the poll by then
    sqs.send(url, "not for nobody")
    assert sqs.one(url)["Body"] == "not for nobody"
