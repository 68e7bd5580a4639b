"""What is kept for a page that follows and is slow."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from emulator.events import MessageSent
from emulator.journal.entries import Entry, Kind
from emulator.journal.live_entries import WAITING, Follower


def sent(body: str) -> MessageSent:
    return MessageSent("jobs", "m", "", body, {})


def kept(follower: Follower) -> tuple[list[Mapping[str, Any]], bool]:
    return asyncio.run(follower.next())


def test_long_messages_are_not_kept_for_a_slow_page() -> None:
    follower = Follower()
    for _ in range(3):
        follower(sent(json.dumps({"request_id": "photo", "image": "x" * 1_000_000})))
    entries, missed = kept(follower)
    assert [(entry["name"], entry["detail"]["body"]) for entry in entries] == [("photo", "")] * 3
    assert len(json.dumps(entries)) < 1_000
    assert not missed


def test_a_page_that_is_too_slow_is_told_and_keeps_no_more() -> None:
    follower = Follower()
    for _ in range(WAITING + 1):
        follower(Entry(Kind.DELETED, message_id="m"))
    entries, missed = kept(follower)
    assert (len(entries), missed) == (WAITING, True)
    follower(sent('{"result": "Ada"}'))
    (entry,), missed = kept(follower)
    assert (entry["kind"], entry["detail"]["body"], missed) == ("sent", '{"result": "Ada"}', False)
