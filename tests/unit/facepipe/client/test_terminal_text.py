"""Text of strangers in a terminal: escape codes, markup, emoji names and forged lines stay text."""

import io
import unicodedata
from collections.abc import Callable
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from emulator.doctor.examination import Examination
from emulator.doctor.findings import Finding, Level
from facepipe import doctor
from facepipe.client import log_view, progress, stats_view, terminal_text
from facepipe.client.collect import CollectedResult, FaceDetail
from facepipe.client.endpoints import Endpoints
from facepipe.client.photo_rows import Row
from facepipe.client.printable_text import printable, printable_lines
from facepipe.client.queues import QueueState
from facepipe.client.result_view import TerminalResults
from facepipe.client.row_view import TerminalRows
from facepipe.client.terminal_text import shown
from facepipe.client.waterfall import show_trace, show_traces
from tests.unit.facepipe.client.consoles import written

#: half of the examples are what attackers write, the other half anything
ATTACKS = (
    "\x1b]0;title\x07",
    "\x1b[2J\x1b[H",
    "\x9b2J",
    "a\r\nREPORT RequestId: x",
    "\u202egpj.exe",
    "[/x]",
    "[bold]",
    "[link=file:///etc/passwd]x[/link]",
    ":boom:",
    "\\",
    "\\[red]",
    "\ud800",
    "\x00",
    "\u2028",
    "\x7f",
)
strangers = st.one_of(
    st.sampled_from(ATTACKS), st.lists(st.sampled_from(ATTACKS)).map("".join), st.text(st.characters())
)


def is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\u200c\u200d"


def printed(act: Callable[[Console], object]) -> str:
    """What a verb writes to a terminal that knows no colour: without a stranger's help not one code of control."""
    console = terminal_text.safe_console(400)
    console.file = io.StringIO()
    act(console)
    return written(console)


def plain(act: Callable[[Console], object]) -> str:
    """The same without the console's last look: each place has to see to its own text."""
    console = Console(width=400, file=io.StringIO())
    act(console)
    return written(console)


def answer(text: str) -> CollectedResult:
    return CollectedResult(
        text, text, 0, (FaceDetail((0, 0, 1, 1), 1.0, text, None),), message_id=text, trace_header=text
    )


def trace(text: str) -> dict[str, Any]:
    span = {"start_ms": 0, "end_ms": 5, "name": text, "note": text, "is_part": False, "failed": True}
    line = {"at_ms": 1, "function": text, "text": text, "name": text, "is_error": False, "request_id": text}
    return {
        "names": [text],
        "identifier": text,
        "why": text,
        "failed": True,
        "complete": False,
        "start_ms": 0,
        "duration_ms": 10,
        "spans": [span],
        "lines": [line],
        "file": text,
        "returns_ms": 0,
    }


def stats(text: str) -> dict[str, Any]:
    latency = {"average": 1.0, "p50": 1.0, "p95": 1.0, "p99": 1.0}
    url = {"requests": 1, "4xx": 0, "5xx": 0, "latency_ms": latency}
    function = {"wait_ms": latency, "init_ms": latency, "duration_ms": latency}
    queue = {"in_queue_ms": latency, "received": 1, "returned": 0, "dead-lettered": 0}
    now = {
        "functions": {text: {"in_flight": 0, "ready": 1, "limit": 1}},
        "queues": {text: {"visible": 0, "in_flight": 0, "delayed": 0}},
        "oldest_s": {},
    }
    figures = {"urls": {text: url}, "functions": {text: function}, "queues": {text: queue}, "now": now, "notes_lost": 0}
    return {"since_ms": 1.0, "cut": True, "steps": 1, **figures}


def doctors_view(text: str, console: Console) -> None:
    found = Examination([Finding(Level.ERROR, "ES-1", text, text, text)], [text])
    doctor._show(found, console)


def send_view(text: str, console: Console) -> None:
    view = TerminalRows(console, has_trace=True)
    rows = [Row(text, text, 1, answer(text)), Row(text, text, problem=text, note=text), Row(text, text)]
    for row in rows[:2]:
        view.row(row)
    view.notice(text)
    view.end(rows, text)


VIEWS: dict[str, Callable[[str, Console], object]] = {
    "send": send_view,
    "queues": lambda text, console: progress.show_queues(
        [QueueState(text, text, text, 0, 0, 0, None, (text,))], console
    ),
    "trace": lambda text, console: show_trace(trace(text), console),
    "traces": lambda text, console: show_traces([trace(text)], console),
    "logs": lambda text, console: log_view.show(
        {"at_ms": 0, "function": text, "stream": f"[]{text}", "text": text, "is_error": True}, console
    ),
    "stats": lambda text, console: stats_view.show(stats(text), [], console),
    "doctor": doctors_view,
}


@pytest.mark.parametrize("view", VIEWS)
@given(text=strangers)
def test_no_view_lets_a_code_of_control_through_nor_reads_markup(view: str, text: str) -> None:
    def act(console: Console) -> object:
        return VIEWS[view](text, console)

    for output in (plain(act), printed(act)):
        assert not [character for character in output.replace("\n", "") if is_control(character)]


@given(text=strangers)
def test_what_is_shown_is_the_text_itself(text: str) -> None:
    """Neither markup nor the names of emoji are replaced; what cannot be printed is told in Python's escapes."""
    assert shown(text).plain == printable(text)
    if all(character.isprintable() for character in text):
        assert printable(text) == text


@given(text=strangers)
def test_a_line_of_a_function_cannot_pass_for_another_line(text: str) -> None:
    first, *others = printable_lines(text).split("\n")
    assert all(line.startswith("    ") for line in others)
    assert not any(is_control(character) for character in first + "".join(others))


def test_names_of_people_and_of_screenshots_are_printed_as_they_are() -> None:
    for name in ("Zoë Żółć", "می‌خواهم", "👩‍🚀", "Screenshot 3.00.00\u202fPM.png", "東京"):
        assert printable(name) == name


@given(text=strangers)
def test_a_console_lets_nothing_through_that_somebody_forgot_to_escape(text: str) -> None:
    output = printed(lambda console: console.print(text, markup=False, highlight=False))
    assert not [character for character in output.replace("\n", "") if is_control(character)]


@pytest.mark.parametrize("request_id", ATTACKS)
def test_collect_prints_every_result_whatever_its_request_id(request_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`[/x]` raised in the middle: the results received along with it were deleted, and nobody saw them."""

    class Queue:
        leftovers = ""

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def poll(self, wanted: object, *, wait_s: int) -> list[CollectedResult]:
            return [answer(request_id), answer("the next one")]

    monkeypatch.setattr(progress, "collector_of", lambda _: Queue())
    missing: list[set[str]] = []
    output = plain(
        lambda console: missing.append(
            progress.collect_and_show(
                [request_id, "the next one", "[/nobody]"], 0.05, Endpoints(), TerminalResults(console)
            )
        )
    )
    assert missing == [{"[/nobody]"}]
    assert "the next one  the next one" in output
    assert printable(request_id) in output
    assert "[/nobody]  no result within" in output
