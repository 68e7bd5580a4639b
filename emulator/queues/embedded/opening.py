"""Opens the queues: empty ones in memory, or those of a file."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from emulator.aws.arns import Arns
from emulator.aws.identifiers import is_fifo
from emulator.aws.limits import DEDUPLICATION_S
from emulator.queues.embedded.message_queue import MessageQueue
from emulator.queues.embedded.move_tasks import MoveTask, MoveTasks
from emulator.queues.embedded.queue_account import QueueAccount
from emulator.queues.embedded.queue_attributes import QueueAttributes
from emulator.queues.embedded.queue_store import QueueStore, usable
from emulator.queues.embedded.service import EmbeddedSqs, MemoryOnlyStorage
from emulator.queues.embedded.store_writer import StoreWriter
from emulator.queues.embedded.stored_message import StoredMessage

Clock = Callable[[], float]


@contextlib.asynccontextmanager
async def open_queues(
    path: Path | None, arns: Arns, *, wait_for_disk: bool = False, clock: Clock = time.time
) -> AsyncIterator[EmbeddedSqs]:
    """Yield SQS with the queues of a file, or in memory. Raises `QueueStoreError` if the file cannot be used."""
    account = QueueAccount(arns)
    tasks = MoveTasks(account)
    if path is None:
        yield EmbeddedSqs(account, MemoryOnlyStorage(account.changes), tasks, clock)
        return
    store = await asyncio.to_thread(QueueStore, path, wait_for_disk=wait_for_disk)
    try:
        with usable(path):
            await asyncio.to_thread(recover, store, account, tasks, clock())
        writer = StoreWriter(account.changes, store)
        try:
            yield EmbeddedSqs(account, writer, tasks, clock)
        finally:
            await writer.close()
    finally:
        store.close()


def recover(store: QueueStore, account: QueueAccount, tasks: MoveTasks, now: float) -> None:
    """Load the queues, messages and tasks of the file into an empty account."""
    for name, settings in store.queues().items():
        queue = MessageQueue(
            name,
            QueueAttributes(is_fifo(name), settings["attributes"]),
            settings["created_at"],
            settings["modified_at"],
            account.changes,
            purged_at=settings["purged_at"],
            tags=settings["tags"],
        )
        account.queues[name] = queue
    messages: defaultdict[str, list[StoredMessage]] = defaultdict(list)
    for message in store.messages():
        messages[message.queue].append(message)
    for name, queue in account.queues.items():
        queue.restore(messages[name])
    for name, remembered in store.remembered(now - DEDUPLICATION_S):
        if name in account.queues:
            account.queues[name].deduplication.add(remembered)
    account.begin_after(store.last_key())
    for settings in sorted(store.tasks(), key=lambda settings: -float(settings["started_at"])):
        task = MoveTask(**settings)
        task.resume(now)
        tasks.by_source.setdefault(task.source, []).append(task)
