"""Clients do not give up while a debugger is attached to a function."""

import json
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from facepipe.client.attached_debuggers import debuggers_at, is_debugging
from facepipe.client.collect import CollectedResult
from facepipe.client.collecting import Collecting
from facepipe.client.fates import UnknownFates
from facepipe.client.photo_rows import SendOptions
from facepipe.client.photos import Frame
from facepipe.client.send import Sending

HEALTH = {"status": "ok", "functions": {}, "queues": {}}
IN_TIME_S = 0.01
POLL_S = 0.02  #: how long a poll of the queue takes


class Debugged(UnknownFates):
    """A debugger is attached until it was asked for so often."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def debuggers(self) -> Collection[str]:
        self.looks -= 1
        return ["held"] if self.looks >= 0 else ["waiting"]


class LateResults:
    """A collector that has the results only after it was asked so often."""

    def __init__(self, polls: int) -> None:
        self.polls = polls

    def poll(self, wanted: Mapping[str, object] | None, *, wait_s: int) -> Iterator[CollectedResult]:
        self.polls -= 1
        threading.Event().wait(POLL_S)
        if self.polls < 0:
            yield from (CollectedResult(request_id, "somebody", 0) for request_id in list(wanted or ()))


class Silent:
    again = ""

    def result(self, answer: object) -> None:
        pass

    def missing(self, request_id: str, problem: str) -> None:
        pass

    def notice(self, text: str) -> None:
        pass


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(self.server.answer)  # type: ignore[attr-defined]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({"faces": 1})

    def _answer(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(answer: object) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    server.answer = answer  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("looks", "completed"), [(1000, True), (0, False)])
def test_a_photo_is_given_up_only_when_no_debugger_is_attached(*, looks: int, completed: bool) -> None:
    with served(HEALTH) as url:
        plan = SendOptions(url, timeout_s=IN_TIME_S)
        (row,) = Sending(plan, LateResults(3), lambda _: None, fates=Debugged(looks)).run([Frame("a.jpg", b"photo")])
    assert row.completed is completed
    assert row.problem == ("" if completed else "accepted, but no result within 0.01 s")


@pytest.mark.parametrize(("looks", "missing"), [(1000, set()), (0, {"a"})])
def test_a_result_is_waited_for_while_a_debugger_is_attached(looks: int, missing: set[str]) -> None:
    collecting = Collecting(["a"], IN_TIME_S, Debugged(looks), Silent())
    collecting.run(LateResults(3))
    assert set(collecting.missing) == missing


@pytest.mark.parametrize(
    ("health", "debuggers", "debugging"),
    [
        (HEALTH, [], False),
        ({**HEALTH, "debuggers": {"f": "waiting"}}, ["waiting"], False),
        ({**HEALTH, "debuggers": {"f": "waiting", "g": "held"}}, ["waiting", "held"], True),
        ({**HEALTH, "debuggers": "?"}, [], False),
        (["?"], [], False),
    ],
)
def test_the_emulator_says_what_debuggers_do(health: object, debuggers: list[str], *, debugging: bool) -> None:
    with served(health) as api:
        assert list(debuggers_at(api)) == debuggers
        assert is_debugging(debuggers_at(api)) is debugging


def test_where_nobody_answers_nothing_is_debugged() -> None:
    assert not debuggers_at("")
    assert not debuggers_at("http://127.0.0.1:1")
