"""Sending against a real HTTP server and a queue in memory."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from facepipe.client import posts
from facepipe.client.collect import CollectedResult
from facepipe.client.endpoints import EndpointError, check_url
from facepipe.client.photo_rows import Row, SendOptions
from facepipe.client.photos import Frame
from facepipe.client.send import Sending
from facepipe.client.tables import percentile

FRAMES = [Frame(f"{number}.jpg", b"photo") for number in range(5)]


class Camera(ThreadingHTTPServer):
    """A face-detection whose answers a test chooses by request and attempt; accepted ones become results."""

    def __init__(self, answer: Callable[[dict, int], int]) -> None:
        self.answer, self.seen, self.results = answer, list[str](), list[CollectedResult]()
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, *_: object) -> None:
        """Say nothing of callers that left."""

    def poll(self, wanted: object, *, wait_s: int) -> Iterator[CollectedResult]:
        with self.lock:
            results, self.results = self.results, []
        yield from results


class _Handler(BaseHTTPRequestHandler):
    server: Camera

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.seen.append(message["request_id"])
            attempt = self.server.seen.count(message["request_id"])
        status = self.server.answer(message, attempt)
        body = json.dumps(
            {"request_id": message["request_id"], "faces": 1} if status == 200 else {"error": "no"}
        ).encode()
        if status == 200:
            with self.server.lock:
                self.server.results.append(CollectedResult(message["request_id"], "somebody", 0))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def camera() -> Iterator[Callable[[Callable[[dict, int], int]], Camera]]:
    started: list[Camera] = []

    def start(answer: Callable[[dict, int], int]) -> Camera:
        started.append(Camera(answer))
        threading.Thread(target=started[-1].serve_forever, args=(0.02,), daemon=True).start()
        return started[-1]

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def send(server: Camera, **plan: Any) -> tuple[list[Row], list[Row]]:
    told: list[Row] = []
    rows = Sending(SendOptions(server.url, in_flight=2, **plan), server, told.append).run(FRAMES)
    return rows, told


def test_every_photo_gets_its_row_in_the_order_sent_and_is_told_once(camera) -> None:
    rows, told = send(camera(lambda message, attempt: 200))
    assert [row.name for row in rows] == [frame.name for frame in FRAMES]
    assert all(row.completed and row.attempts == 1 for row in rows)
    assert sorted(row.name for row in told) == sorted(row.name for row in rows)


@pytest.mark.parametrize("status", [429, 503, 504])
def test_what_awss_clients_send_again_is_sent_again_with_the_same_request_id_and_counted(camera, status: int) -> None:
    server = camera(lambda message, attempt: status if attempt == 1 else 200)
    rows, _ = send(server)
    assert all(row.completed and row.attempts == 2 for row in rows)
    assert all(server.seen.count(row.request_id) == 2 for row in rows)


def test_a_refused_photo_is_final_and_carries_the_servers_words(camera) -> None:
    server = camera(lambda message, attempt: 400)
    rows, _ = send(server)
    assert [row.problem for row in rows] == ["400: no"] * 5
    assert len(server.seen) == 5


def test_a_result_that_does_not_come_in_time_is_a_problem_even_if_it_comes_later(camera) -> None:
    server = camera(lambda message, attempt: 200)
    late: list[CollectedResult] = []

    class Late:
        polls = 0

        def poll(self, wanted: object, *, wait_s: int) -> Iterator[CollectedResult]:
            Late.polls += 1
            late.extend(server.poll(wanted, wait_s=0))
            threading.Event().wait(0.01)
            if Late.polls > 100:
                yield from late
                late.clear()

    rows = Sending(SendOptions(server.url, timeout_s=0.05, linger_s=1.5), Late(), lambda _: None).run(FRAMES[:1])
    assert "no result within" in rows[0].problem
    assert not rows[0].completed


@pytest.mark.parametrize("status", [400, 500, 502])
def test_a_functions_own_error_is_told_after_the_first_try(camera, status: int) -> None:
    server = camera(lambda message, attempt: status)
    rows, _ = send(server)
    assert [row.problem for row in rows] == [f"{status}: no"] * 5
    assert len(server.seen) == 5


def test_who_is_persistent_sends_again_what_a_function_failed_with(camera) -> None:
    server = camera(lambda message, attempt: 502 if attempt == 1 else 200)
    rows, _ = send(server, persistent=True)
    assert all(row.completed and row.attempts == 2 for row in rows)


class Nobody:
    def poll(self, wanted: object, *, wait_s: int) -> Iterator[CollectedResult]:
        return iter(())


def test_nobody_there_ends_the_run_at_once_with_the_url_and_the_cure() -> None:
    with pytest.raises(EndpointError, match=r"nothing answers at http://127.0.0.1:9/ .*facepipe up"):
        Sending(SendOptions("http://127.0.0.1:9/"), Nobody(), lambda _: None).run(FRAMES)


def test_an_address_that_takes_connections_and_never_answers_ends_the_run_soon(monkeypatch) -> None:
    monkeypatch.setattr(posts, "RETRY_PAUSES_S", (0.0,))
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/"

        def close_all() -> None:
            with contextlib.suppress(OSError):
                while True:
                    mute.accept()[0].close()

        threading.Thread(target=close_all, daemon=True).start()
        with pytest.raises(EndpointError, match=f"5 times; is {url} a Function URL"):
            Sending(SendOptions(url, in_flight=1), Nobody(), lambda _: None).run(FRAMES)
        mute.shutdown(socket.SHUT_RDWR)


def test_a_photo_whose_post_is_not_answered_in_time_is_not_posted_twice(camera) -> None:
    held = threading.Event()
    server = camera(lambda message, attempt: 200 if held.wait(5) else 500)
    rows = Sending(SendOptions(server.url, request_timeout_s=0.2), server, lambda _: None).run(FRAMES[:1])
    held.set()
    assert "no answer from" in rows[0].problem
    assert len(server.seen) == 1


def test_who_is_persistent_tries_again_while_nobody_is_there() -> None:
    plan = SendOptions("http://127.0.0.1:9/", attempts=2, persistent=True)
    rows = Sending(plan, Nobody(), lambda _: None).run(FRAMES[:1])
    assert "nothing answers at http://127.0.0.1:9/" in rows[0].problem
    assert rows[0].attempts == 2


def test_a_connection_that_is_lost_in_the_middle_of_a_run_is_tried_again_and_said_once(camera) -> None:
    server = camera(lambda message, attempt: 200)
    notices: list[str] = []
    settled = threading.Event()

    def frames() -> Iterator[Frame]:
        yield FRAMES[0]
        settled.wait()
        server.shutdown()
        server.server_close()
        yield from FRAMES[1:]

    plan = SendOptions(server.url, in_flight=1, attempts=2)
    rows = Sending(plan, server, lambda _: settled.set(), notice=notices.append).run(frames())
    assert rows[0].completed
    assert all("no answer from" in row.problem and row.attempts == 2 for row in rows[1:])
    assert len(notices) == 1
    assert notices[0].endswith("it is sent again")


@pytest.mark.parametrize("url", ["127.0.0.1:9000", "http://127.0.0.1:90x0/", "ftp://x/", "", "http://"])
def test_a_url_that_cannot_be_posted_to_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(EndpointError, match="is no URL"):
        check_url(url)


def test_a_source_that_breaks_ends_the_run_with_its_error(camera) -> None:
    def broken() -> Iterator[Frame]:
        yield FRAMES[0]
        raise RuntimeError("the camera was unplugged")

    server = camera(lambda message, attempt: 200)
    with pytest.raises(RuntimeError, match="unplugged"):
        Sending(SendOptions(server.url), server, lambda _: None).run(broken())


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([5, 1, 4, 2, 3], 95) == 5
    assert percentile([5, 1, 4, 2, 3], 50) == 3
    assert percentile(list(range(1, 101)), 95) == 95
