"""What a debugger does, told from the messages that debugpy sends it (as debugpy 1.8.17 sent them)."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.debugging.dap import HEAD_BYTES, MESSAGE_BYTES, DebugSession, MessageReader

ATTACHED = {"seq": 9, "type": "response", "request_seq": 2, "success": True, "command": "attach"}
STOPPED = {"seq": 12, "type": "event", "event": "stopped", "body": {"reason": "breakpoint", "allThreadsStopped": True}}
CONTINUED = {"seq": 21, "type": "event", "event": "continued", "body": {"threadId": 1, "allThreadsContinued": True}}
GOES_ON = {"seq": 23, "type": "response", "request_seq": 8, "success": True, "command": "continue"}
STEPS = {"seq": 20, "type": "response", "request_seq": 7, "success": True, "command": "next"}
TERMINATED = {"seq": 30, "type": "event", "event": "terminated"}
REFUSED = {**ATTACHED, "success": False}


def stream_of(*messages: object) -> bytes:
    bodies = [json.dumps(message).encode() for message in messages]
    return b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)


@pytest.mark.parametrize(
    ("messages", "attached", "held"),
    [
        ([], False, False),
        ([REFUSED], False, False),
        ([ATTACHED], True, False),
        ([ATTACHED, STOPPED], True, True),
        ([ATTACHED, STOPPED, GOES_ON], True, False),
        ([ATTACHED, STOPPED, {**GOES_ON, "success": False}], True, True),
        ([ATTACHED, STOPPED, STEPS], True, True),
        ([ATTACHED, STOPPED, STEPS, CONTINUED], True, False),
        ([ATTACHED, STOPPED, STEPS, CONTINUED, STOPPED], True, True),
        ([ATTACHED, STOPPED, TERMINATED], False, False),
        ([ATTACHED, {"type": "event"}, {"type": "response"}, {}, [], "x", None], True, False),
    ],
)
def test_a_session_is_attached_and_holds(messages: Sequence[object], *, attached: bool, held: bool) -> None:
    session = DebugSession()
    session.feed(stream_of(*messages))
    assert (session.attached, session.held) == (attached, held)


def test_feeding_tells_whether_something_has_changed() -> None:
    session = DebugSession()
    assert [session.feed(stream_of(message)) for message in (ATTACHED, ATTACHED, STOPPED, STEPS, GOES_ON)] == [
        True,
        False,
        True,
        False,
        True,
    ]


@given(st.lists(st.sampled_from([ATTACHED, STOPPED, {"text": "\r\n\r\n ü"}]), max_size=5), st.data())
def test_messages_are_found_however_the_stream_is_cut(messages: list[dict[str, object]], data: st.DataObject) -> None:
    stream, reader, found = stream_of(*messages), MessageReader(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += list(reader.feed(stream[:size]))
        stream = stream[size:]
    assert found == messages


def test_a_long_message_is_passed_over_and_the_next_one_is_found() -> None:
    long = {"type": "event", "event": "stopped", "text": "x" * MESSAGE_BYTES}
    stream, reader = stream_of(long, ATTACHED), MessageReader()
    found = [message for i in range(0, len(stream), 1000) for message in reader.feed(stream[i : i + 1000])]
    assert found == [ATTACHED]


@pytest.mark.parametrize("junk", [b"GET / HTTP/1.1\r\n\r\n", b"Content-Length: -1\r\n\r\n", b"x" * (HEAD_BYTES + 1)])
def test_what_is_no_dap_is_passed_on_without_being_understood_or_kept(junk: bytes) -> None:
    reader = MessageReader()
    assert list(reader.feed(junk)) == []
    assert list(reader.feed(stream_of(STOPPED) * 100)) == []
    assert not reader._rest


def test_a_message_that_is_no_json_is_passed_over() -> None:
    assert list(MessageReader().feed(b"Content-Length: 3\r\n\r\n{x}" + stream_of(STOPPED))) == [STOPPED]
