"""Collects payloads from the emulator's events, and writes them in the background."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from emulator.aws.trace_header import trace_root
from emulator.events import Event, InvocationEnded, InvocationStarted, MessageSent
from emulator.failing_writes import FailingWrites
from emulator.flushing import flushed_regularly
from emulator.journal.entries import application_name, message_labels
from emulator.payloads.payload_store import MEMORY, KeptPayload, PayloadRole, PayloadStore
from emulator.private_database import ENDINGS

log = logging.getLogger(__name__)

PENDING_BYTES = 64 << 20  #: waiting for a slow disk; above this, new payloads are not kept

T = TypeVar("T")


@dataclass(slots=True)
class PayloadKeeper:
    """A listener of events that keeps their payloads; made by `keep_payloads`."""

    store: PayloadStore
    _pending: list[KeptPayload] = field(default_factory=list)
    _pending_bytes: int = 0
    _failing: FailingWrites = field(default_factory=lambda: FailingWrites("the console's file", "its payloads"))
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="payloads"))

    def __call__(self, event: Event) -> None:
        """Keep an event's payload, if it has one."""
        match event:
            case InvocationStarted():
                invocation = event.invocation
                self._keep(PayloadRole.EVENT, invocation.function, invocation.request_id, invocation.payload, event)
            case InvocationEnded():
                invocation = event.invocation
                self._keep(PayloadRole.ANSWER, invocation.function, invocation.request_id, event.outcome.payload, event)
            case MessageSent():
                self._add(_sent(event))
            case _:
                pass

    def _keep(
        self, role: PayloadRole, function: str, request_id: str, body: bytes, event: InvocationStarted | InvocationEnded
    ) -> None:
        self._add(KeptPayload(role, function, request_id, body, trace_root(event.invocation.trace_id)))

    def _add(self, payload: KeptPayload) -> None:
        if self._pending_bytes + payload.memory_bytes <= PENDING_BYTES:
            self._pending.append(payload)
            self._pending_bytes += payload.memory_bytes

    async def ask(self, question: Callable[[PayloadStore], T]) -> T:
        """Query the store, including everything kept so far."""
        await self.flush()
        return await asyncio.get_running_loop().run_in_executor(self._thread, question, self.store)

    async def flush(self) -> None:
        """Write what is in memory; after an error, drop that, and log the first error of several."""
        pending = self._pending
        self._pending, self._pending_bytes = [], 0
        if not pending:
            return
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self.store.write, pending)
        except sqlite3.Error as error:
            self._failing.failed(error, len(pending))
        else:
            self._failing.succeeded()

    def close(self) -> None:
        """Stop the writing thread and close the file."""
        self._thread.shutdown()
        self.store.close()


def _sent(event: MessageSent) -> KeptPayload:
    name = application_name(message_labels(event.body))
    trace_id = trace_root(event.trace_header)
    body = event.body.encode("utf-8", "replace")
    return KeptPayload(PayloadRole.MESSAGE, event.queue, event.message_id, body, trace_id, name, event.attributes)


@contextlib.asynccontextmanager
async def keep_payloads(path: Path | None) -> AsyncIterator[PayloadKeeper]:
    """Keep payloads in a file while the block lasts, or in memory without a path or if the file cannot be used."""
    with contextlib.closing(PayloadKeeper(_open(path))) as keeper:
        async with flushed_regularly(keeper.flush):
            yield keeper


def _open(path: Path | None) -> PayloadStore:
    """Open the file. A file that cannot be read is begun anew: it was there to look at, and nothing depends on it."""
    if path is None:
        return PayloadStore(MEMORY)
    try:
        try:
            return PayloadStore(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked or read-only
                raise
            for end in ENDINGS:
                path.with_name(path.name + end).unlink(missing_ok=True)
            return PayloadStore(path)
    except (sqlite3.Error, OSError) as error:
        log.warning("payloads cannot be kept in %s (%s); they are kept in memory", path, error)
        return PayloadStore(MEMORY)
