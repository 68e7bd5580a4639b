"""What the client asks of the emulator, tells it, and shows of its answers."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from rich.console import Console

from facepipe.client import log_view, stats_view
from facepipe.client.api import CollectedReport, ask
from facepipe.client.collect import CollectedResult
from facepipe.client.endpoints import EndpointError
from facepipe.client.queues import QueueState
from facepipe.client.since import moment, seconds
from facepipe.client.waterfall import bar, show_trace, show_traces

SPAN = {
    "name": "in [jobs]",
    "start_ms": 1_000.0,
    "end_ms": 1_050.0,
    "note": "[note]",
    "failed": False,
    "is_part": False,
}
SAID = {"function": "worker", "name": "", "is_error": False, "request_id": "call-1"}
TRACE: dict[str, Any] = {
    "identifier": "1-2-3",
    "names": ["photo-1"],
    "start_ms": 1_000.0,
    "duration_ms": 100.0,
    "failed": True,
    "complete": True,
    "spans": [
        SPAN,
        {**SPAN, "name": "worker", "start_ms": 1_050.0, "end_ms": 1_100.0, "failed": True, "note": "timeout: late"},
        {**SPAN, "name": "returned", "start_ms": 1_100.0, "end_ms": 1_100.0},
    ],
    "lines": [
        {**SAID, "at_ms": 1_060.0, "text": "[red]markup\rsecond", "name": "photo-1"},
        {**SAID, "at_ms": 1_070.0, "text": "START"},
        {**SAID, "at_ms": 1_080.0, "text": "REPORT RequestId: call-1\tStatus: error", "is_error": True},
        {**SAID, "at_ms": 1_090.0, "text": "REPORT RequestId: forged\tStatus: error", "is_error": True},
    ],
    "why": "timeout: late",
    "file": "",
    "returns_ms": 0,
}


class Server(ThreadingHTTPServer):
    """Answers everything with `status` and `body`, and keeps what it was told."""

    def __init__(self) -> None:
        self.status, self.body, self.told, self.paths = 200, b"{}", list[Any](), list[str]()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def do_POST(self) -> None:
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def text_of(show, *arguments: object) -> str:
    console = Console(record=True, width=120)
    show(*arguments, console)
    return console.export_text()


def test_a_question_leaves_empty_parameters_out_and_quotes_ids(server: Server) -> None:
    server.body = b'{"a": 1}'
    assert ask(server.url, "/trace/a b?c", since_s=0, function="", limit=3) == {"a": 1}
    assert server.paths == ["/trace/a%20b%3Fc?limit=3"]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b'{"error": "nothing is known of it"}', "nothing is known of it"),
        (200, b"<html>", "but not as the emulator does"),
        (500, b"[]", "answers 500"),
    ],
)
def test_another_answer_is_one_clear_line(server: Server, status: int, body: bytes, said: str) -> None:
    server.status, server.body = status, body
    with pytest.raises(EndpointError, match=said):
        ask(server.url, "/stats")


@pytest.mark.parametrize(
    ("api", "said"),
    [
        ("http://127.0.0.1:1", "is the pipeline up"),
        ("", "--api is empty"),
        ("http://[", "no emulator"),
        ("nonsense", "no emulator"),
    ],
)
def test_nobody_there_is_one_clear_line(api: str, said: str) -> None:
    with pytest.raises(EndpointError, match=said):
        ask(api, "/stats")


def test_what_was_collected_is_told(server: Server) -> None:
    teller = CollectedReport(server.url, "http://sqs/000000000000/results")
    teller([])
    teller([CollectedResult("photo-1", "name", 1_000, message_id="m", trace_header="Root=1-2-3")])
    ((told,),) = server.told
    assert told.pop("at_ms") > 0
    assert told == {
        "request_id": "photo-1",
        "message_id": "m",
        "trace_header": "Root=1-2-3",
        "queue": "results",
        "sent_ms": 1_000,
    }


def test_results_that_come_one_after_the_other_are_told_together(server: Server) -> None:
    now = [100.0]
    teller = CollectedReport(server.url, "results", clock=lambda: now[0])
    for number in range(4):
        teller([CollectedResult(f"photo-{number}", "name", 1_000)])
        now[0] += 0.2
    teller([])
    told = [[one["request_id"] for one in together] for together in server.told]
    assert told == [["photo-0"], ["photo-1", "photo-2", "photo-3"]]
    teller([CollectedResult("photo-4", "name", 1_000)])
    assert len(server.told) == 2
    teller([])
    assert len(server.told) == 3, "a poll that brought nothing, or the end, tells what is left"


@pytest.mark.parametrize("api", ["", "http://127.0.0.1:1", "http://["])
def test_telling_never_fails(api: str) -> None:
    teller = CollectedReport(api, "q")
    teller([CollectedResult("photo-1", "name", 1_000)])
    teller([CollectedResult("photo-1", "name", 1_000)])


@pytest.mark.parametrize(("text", "expected"), [("", 0), ("30s", 30), ("5m", 300), ("2h", 7_200), ("1.5d", 129_600)])
def test_a_stretch_of_time(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["5", "m", "5 minutes", "x"])
def test_no_stretch_of_time(text: str) -> None:
    with pytest.raises(EndpointError, match="write it as 30s, 5m, 2h or 1d"):
        seconds(text)


def test_a_trace_is_a_waterfall_with_what_was_said() -> None:
    text = text_of(show_trace, TRACE)
    assert "photo-1" in text.splitlines()[0]
    assert "failed" in text.splitlines()[0]
    assert "in [jobs]" in text
    assert "timeout: late" in text
    assert "[red]markup\n    second" in text
    assert "START" not in text
    assert "REPORT RequestId: call-1" not in text
    assert "REPORT RequestId: forged" in text, "a function's error, whatever it begins with"


def test_bars_show_when_and_how_long() -> None:
    first, second, moment = (bar(span, TRACE, 40) for span in TRACE["spans"])
    assert first == "█" * 20
    assert second == " " * 20 + "█" * 20
    assert moment == " " * 39 + "│"


def test_many_traces_are_a_line_each() -> None:
    text = text_of(show_traces, [TRACE, {**TRACE, "names": [], "failed": False}])
    assert "photo-1" in text
    assert "1-2-3" in text
    assert "complete" in text


def test_lines_are_printed_as_they_are_and_further_ones_are_indented() -> None:
    line = {
        "at_ms": 0.0,
        "function": "worker",
        "stream": "2026/01/01/[$LATEST]vm-1",
        "text": "[x] 1\r2",
        "is_error": True,
    }
    assert "worker [vm-1] [x] 1\n    2" in text_of(log_view.show, line)


def test_following_asks_for_what_is_new(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_view, "FOLLOW_PAUSE_S", 0)
    server.body = b'{"lines": [{"id": 7, "at_ms": 0}]}'
    said: list[str] = []
    wanted = log_view.LogFilter("worker", errors=True, since_s=60)
    found = log_view.lines(server.url, wanted, follow=True, say=said.append)
    assert [next(found)["id"], next(found)["id"]] == [7, 7]
    assert server.paths == ["/logs?function=worker&errors=1&since_s=60", "/logs?function=worker&errors=1&after=7"]
    assert said == [f"1 lines, since {moment(0)}"]


def test_following_without_a_line_yet_goes_no_further_back_than_asked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pause(_seconds: float) -> None:
        server.body = b'{"lines": [{"id": 7, "at_ms": 0}]}'

    monkeypatch.setattr(time, "sleep", pause)
    server.body = b'{"lines": []}'
    found = log_view.lines(server.url, log_view.LogFilter(since_s=60), follow=True, say=lambda line: None)
    assert next(found)["id"] == 7
    assert server.paths == ["/logs?since_s=60", "/logs?since_s=60"]


def test_stats_show_the_age_that_somebody_knows() -> None:
    times = {"average": 1.0, "p50": 2.0, "p95": 3.0, "p99": 4.0}
    told = {
        "since_ms": 1.0,
        "cut": False,
        "steps": 25_000,
        "urls": {"front": {"requests": 5, "4xx": 1, "5xx": 0, "latency_ms": times}},
        "functions": {"worker": {"invocations": 3, "errors": 1, "duration_ms": times, "init_ms": {}, "wait_ms": times}},
        "queues": {"jobs": {"received": 9, "returned": 1, "dead-lettered": 0, "in_queue_ms": times}},
        "now": {
            "functions": {"worker": {"in_flight": 2, "ready": 3, "limit": 5}},
            "queues": {name: {"visible": 1, "in_flight": 0, "delayed": 0} for name in ("jobs", "dead")},
            "oldest_s": {"jobs": 12.3},
        },
        "notes_lost": 4,
    }
    text = text_of(stats_view.show, told, [QueueState("dead", "u", "arn", 1, 0, 0, 77.0)])
    assert "cold start" not in text, "there was none"
    assert "in jobs" in text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.split()}
    assert rows["jobs"][4] == "12"
    assert rows["dead"][4] == "77"
    assert "4 notes were lost" in text
