"""SQS in this process: carries out its operations, holds long polls, and answers after a change is stored."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from emulator.queues.embedded.changes import Changes
from emulator.queues.embedded.errors import SqsError
from emulator.queues.embedded.inspection import Inspection, SeenMessage
from emulator.queues.embedded.message_operations import MessageOperations
from emulator.queues.embedded.move_operations import MoveOperations
from emulator.queues.embedded.move_tasks import MoveTasks
from emulator.queues.embedded.permission_operations import PermissionOperations
from emulator.queues.embedded.queue_account import QueueAccount
from emulator.queues.embedded.queue_operations import QueueOperations
from emulator.queues.embedded.waiters import Waiters

#: operations that are refused at once while the disk is full
SENDS = ("SendMessage", "SendMessageBatch", "CreateQueue")

Operation = Callable[[Mapping[str, Any], float], dict[str, Any]]


class ChangeStorage(Protocol):
    """Stores the changes of an account."""

    def stored(self) -> Awaitable[None]:
        """Wait until all changes so far are stored. Raises `SqsError` if they cannot be stored."""
        ...

    def writable(self) -> Awaitable[None]:
        """Raise `SqsError` while changes cannot be stored."""
        ...


class MemoryOnlyStorage:
    """Stores nothing: the queues are kept in memory until this process ends."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def stored(self) -> None:
        """Discard the changes."""
        self._changes.take()

    async def writable(self) -> None:
        """Do nothing: memory can always be written."""


class EmbeddedSqs:
    """SQS's operations on the queues of an account. All calls are made on one event loop.

    An operation changes the model at once and is answered after the change is stored. If this process is killed, no
    change that was answered is lost, and no deleted message comes back.
    """

    def __init__(
        self, account: QueueAccount, storage: ChangeStorage, tasks: MoveTasks, clock: Callable[[], float] = time.time
    ) -> None:
        self.account = account
        self._tasks = tasks
        self._storage = storage
        self._clock = clock
        self._messages = MessageOperations(account)
        self._inspection = Inspection(account)
        self._operations = {
            name: getattr(operations, name)
            for operations in (
                self._messages,
                QueueOperations(account, tasks),
                PermissionOperations(account),
                MoveOperations(account, tasks),
            )
            for name in dir(operations)
            if name[0].isupper()
        }
        self._waiters: defaultdict[str, Waiters] = defaultdict(Waiters)
        self._timer: asyncio.TimerHandle | None = None

    async def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return an operation's result, in the shapes of botocore's model. Raises `SqsError` if SQS refuses the call.

        Required members, types and ranges are checked already, in queues/wire/. A cancelled ReceiveMessage is undone.
        """
        if operation == "ReceiveMessage":
            return await self._receive(parameters)
        carry_out: Operation | None = self._operations.get(operation)
        if carry_out is None:
            raise SqsError("UnsupportedOperation", f"{operation} is no operation of SQS")
        if operation in SENDS:
            await self._storage.writable()
        try:
            answer = carry_out(parameters, self._clock())
        finally:
            self._look_for_messages()
        await self._storage.stored()
        return answer

    async def peek(self, queue: str, limit: int | None = None) -> Sequence[SeenMessage]:
        """Return the first messages of a queue, or all of them, in their order of arrival, without receiving them."""
        return self._inspection.look(queue, self._clock(), limit)

    async def count(self, queue: str) -> int:
        """Return the number of messages in a queue, in all states together."""
        return self._inspection.count(queue, self._clock())

    async def delete(self, queue: str, message_id: str) -> None:
        """Delete a message by its id. Raises `SqsError` if the queue does not have it."""
        self._inspection.delete(queue, message_id, self._clock())
        self._look_for_messages()
        await self._storage.stored()

    async def replay(self, queue: str, message_id: str) -> str:
        """Send a dead letter back to its source queue; return that queue's name."""
        target = self._inspection.replay(queue, message_id, self._clock())
        self._look_for_messages()
        await self._storage.stored()
        return target

    async def _receive(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Receive the messages that are visible, or wait for one."""
        call, loop = self._messages.read_receive(parameters), asyncio.get_running_loop()
        name, end = call.queue.name, loop.time() + call.wait_s
        while (received := self._messages.receive(call, self._clock())) is None:
            left_s = end - loop.time()
            if left_s <= 0:
                await self._storage.stored()  # messages may have gone to the dead-letter queue
                return {}
            await self._wait_for_message(name, left_s)
            call = self._messages.read_receive(parameters)  # the queue may have been deleted or replaced meanwhile
        self._look_for_messages()
        try:
            await self._storage.stored()
        except (asyncio.CancelledError, SqsError):  # nobody gets the answer
            received.queue.unreceive(received.before, self._clock())
            self._look_for_messages()
            raise
        return received.answer

    async def _wait_for_message(self, queue: str, seconds: float) -> None:
        waiters = self._waiters[queue]
        waiter = waiters.add()
        self._set_timer()
        try:
            await waiters.wait(waiter, seconds)
        finally:
            if not waiters:
                self._waiters.pop(queue, None)

    def _look_for_messages(self) -> None:
        """Wake the polls whose queues have messages, and set the timer for the next check."""
        now = self._clock()
        self._tasks.advance(now)
        for name, waiters in list(self._waiters.items()):
            queue = self.account.queues.get(name)
            if queue is None:
                waiters.wake_all()
            elif waiters and queue.has_visible(now):
                waiters.wake_one()
        self._set_timer()

    def _set_timer(self) -> None:
        """Check again when the next message may become visible in a queue with waiting polls."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        awaited = (self.account.queues.get(name) for name, waiters in self._waiters.items() if waiters)
        due = [queue.next_at() for queue in awaited if queue]
        at = min((moment for moment in (*due, self._tasks.next_at()) if moment is not None), default=None)
        if at is not None:
            self._timer = asyncio.get_running_loop().call_later(max(at - self._clock(), 0.0), self._look_for_messages)
