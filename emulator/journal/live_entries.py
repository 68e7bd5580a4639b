"""The journal's entries as they are made, on port 9001: server-sent events for pages that follow what happens."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from emulator.aws.trace_header import trace_root
from emulator.events import MessageSent
from emulator.journal.entries import Entry, application_name, message_labels
from emulator.journal.journal import Journal, JournalOffError

GATHER_S = 0.2  #: entries are sent together, so that a busy emulator writes five times a second
QUIET_S = 15.0  #: after so long without an entry, a comment shows that the connection lives
WAITING = 5_000  #: entries that a slow page may be behind; above this, it is asked to load anew
PAGE = 20_000  #: entries in one answer
LAST_ROW = 2**62
SHORT_CHARACTERS = 2_000  #: of a message's body
FOLLOWERS = 16  #: pages at once


@dataclass(slots=True, eq=False)
class Follower:
    """One page that follows, and the entries that it has not got yet."""

    entries: list[Mapping[str, Any]] = field(default_factory=list)  #: as the page gets them: without long messages
    missed: bool = False
    is_over: bool = False  #: the emulator stops
    some: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, entry: Entry | MessageSent) -> None:
        """Take an entry."""
        if len(self.entries) < WAITING:
            self.entries.append(_described(entry))
        else:
            self.missed = True
        self.some.set()

    def end(self) -> None:
        """End the answer to the page."""
        self.is_over = True
        self.some.set()

    async def next(self) -> tuple[list[Mapping[str, Any]], bool]:
        """Return the entries since the last time, and whether some are missing; none after a quiet time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                await self.some.wait()
        await asyncio.sleep(GATHER_S)
        entries, missed = self.entries, self.missed
        self.entries, self.missed = [], False
        self.some.clear()
        return entries, missed


@dataclass(frozen=True, slots=True)
class LiveEntries:
    """Serves the entries to pages."""

    journal: Journal

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/entries", self.get_entries)
        app.router.add_get("/entries/live", self.get_live_entries)
        app.on_shutdown.append(self._end_all)

    async def get_entries(self, request: web.Request) -> web.Response:
        """`GET /entries?limit=N&before=ROW`: the latest entries, oldest first, and the row to ask for older ones."""
        limit, before = _number(request, "limit", PAGE), _number(request, "before", LAST_ROW)
        try:
            found = await self.journal.ask(lambda store: store.latest_entries(min(limit, PAGE), before))
        except JournalOffError as error:
            return web.json_response({"error": str(error)}, status=503)
        first = found[0][0] if found else 0
        return web.json_response({"entries": [_described(entry) for _, entry in found], "before": first})

    async def get_live_entries(self, request: web.Request) -> web.StreamResponse:
        """`GET /entries/live`: server-sent events, each a JSON list of entries; `missed` if the page was too slow."""
        if not self.journal.is_on or len(self.journal.listeners) >= FOLLOWERS:
            full = f"{FOLLOWERS} pages follow already; close one of them"
            problem = full if self.journal.is_on else "the journal is switched off; start without --no-journal"
            return web.json_response({"error": problem}, status=503)
        headers = {
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        await response.write(b": following\n\n")
        with self._following() as follower:
            async for text in _texts(follower):
                await response.write(text)
        return response

    async def _end_all(self, _app: web.Application) -> None:
        """End all answers, which have no end of their own, so that nothing waits for them when the emulator stops."""
        for listener in self.journal.listeners:
            if isinstance(listener, Follower):
                listener.end()

    @contextlib.contextmanager
    def _following(self) -> Iterator[Follower]:
        follower = Follower()
        self.journal.listeners.add(follower)
        try:
            yield follower
        finally:
            self.journal.listeners.discard(follower)


async def _texts(follower: Follower) -> AsyncIterator[bytes]:
    while not follower.is_over:
        entries, missed = await follower.next()
        if missed:
            yield b"event: missed\ndata: {}\n\n"
        if entries:
            yield b"data: " + json.dumps(entries).encode("utf-8", "replace") + b"\n\n"
        elif not missed:
            yield b": quiet\n\n"


def _described(entry: Entry | MessageSent) -> Mapping[str, Any]:
    if isinstance(entry, MessageSent):
        return _described_message(entry)
    described = {
        "kind": entry.kind.value,
        "at_ms": entry.at_ms,
        "function": entry.function,
        "request_id": entry.request_id,
        "trace_id": entry.trace_id,
        "message_id": entry.message_id,
        "environment": entry.environment,
        "name": entry.name,
        "detail": dict(entry.detail),
    }
    return {name: value for name, value in described.items() if value}


def _described_message(sent: MessageSent) -> Mapping[str, Any]:
    """Return a sent message as an entry; a short body comes with it, because it may be the result of a request."""
    described = {
        "kind": "sent",
        "at_ms": time.time() * 1000,
        "trace_id": trace_root(sent.trace_header),
        "message_id": sent.message_id,
        "name": application_name(message_labels(sent.body)),
        "detail": {"queue": sent.queue, "body": sent.body if len(sent.body) <= SHORT_CHARACTERS else ""},
    }
    return {name: value for name, value in described.items() if value}


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else default
