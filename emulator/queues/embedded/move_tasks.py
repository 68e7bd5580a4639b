"""Message move tasks: move dead letters back to their source queues, or to another queue, at a rate."""

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from emulator.aws.limits import MOVE_TASKS_KEPT
from emulator.queues.embedded.message_queue import MessageQueue
from emulator.queues.embedded.queue_account import QueueAccount
from emulator.queues.embedded.stored_message import StoredMessage

RUNNING, COMPLETED, CANCELLED, FAILED = "RUNNING", "COMPLETED", "CANCELLED", "FAILED"
NO_QUEUE, NO_SOURCE = "AWS.SimpleQueueService.NonExistentQueue", "CouldNotDetermineMessageSource"
AT_ONCE = 100  #: messages that a task without a rate moves before other tasks continue


@dataclass(slots=True)
class MoveTask:
    """A task and its progress."""

    id: str
    source: str  #: name of the queue whose messages are moved
    destination: str  #: name of the queue to which they go; empty: each goes to its own source queue
    rate: int  #: messages per second; 0: as fast as possible
    started_at: float
    to_move: int
    moved: int = 0
    status: str = RUNNING
    failure: str = ""
    resumed_at: float = 0.0  #: when it was started, or resumed after a restart of the emulator
    resumed_with: int = 0  #: messages that had been moved by then

    @property
    def due_at(self) -> float:
        """The time at which its next message is due to be moved."""
        if not self.rate:
            return self.resumed_at
        return self.resumed_at + (self.moved - self.resumed_with + 1) / self.rate

    def due(self, now: float) -> int:
        """Return how many messages are due to be moved now."""
        left = self.to_move - self.moved
        if not self.rate:
            return min(left, AT_ONCE)
        by_now = int((now - self.resumed_at) * self.rate + 1e-6)
        return min(left, by_now - (self.moved - self.resumed_with))

    def resume(self, now: float) -> None:
        """Continue after a restart of the emulator; the time in between does not count for the rate."""
        self.resumed_at, self.resumed_with = now, self.moved


@dataclass(slots=True)
class MoveTasks:
    """The latest ten tasks of each queue."""

    account: QueueAccount
    by_source: dict[str, list[MoveTask]] = field(default_factory=dict)  #: the latest first

    def running(self, source: str | None = None) -> Iterator[MoveTask]:
        """Yield the running tasks of one source, or of all sources."""
        sources = self.by_source if source is None else (source,)
        for name in sources:
            yield from (task for task in self.by_source.get(name, ()) if task.status == RUNNING)

    def start(self, task: MoveTask) -> None:
        """Start a task, and drop the oldest task of its source if there are too many."""
        tasks = self.by_source.setdefault(task.source, [])
        tasks.insert(0, task)
        for old in tasks[MOVE_TASKS_KEPT:]:
            self.account.changes.tasks[old.id] = None
        del tasks[MOVE_TASKS_KEPT:]
        self.note(task)

    def note(self, task: MoveTask) -> None:
        """Mark a task as changed, so that it is stored."""
        self.account.changes.tasks[task.id] = asdict(task)

    def forget(self, source: str) -> None:
        """Remove the tasks of a deleted queue."""
        for task in self.by_source.pop(source, ()):
            self.account.changes.tasks[task.id] = None

    def next_at(self) -> float | None:
        """Return the time at which the next message is due to be moved."""
        return min((task.due_at for task in self.running()), default=None)

    def advance(self, now: float) -> None:
        """Move the messages that are due."""
        for task in list(self.running()):
            if task.moved < task.to_move and task.due(now) < 1:
                continue
            self._advance(task, now)
            self.note(task)

    def _advance(self, task: MoveTask, now: float) -> None:
        source = self.account.queues[task.source]
        messages = source.take_visible(max(task.due(now), 0), now)
        for position, message in enumerate(messages):
            target = self._target(task, message)
            if target is None:
                task.status, task.failure = FAILED, NO_QUEUE if task.destination or message.source else NO_SOURCE
                for kept in messages[position:]:
                    source.hide(kept, now, now)
                return
            self.account.move(message, source, target, now=now)
            task.moved += 1
        if task.moved >= task.to_move or not source.has_visible(now):
            task.status = COMPLETED

    def _target(self, task: MoveTask, message: StoredMessage) -> MessageQueue | None:
        return self.account.queues.get(task.destination or message.source)


def handle_of_task(task: MoveTask, source_arn: str) -> str:
    """Return the handle with which a caller can cancel the task."""
    return base64.b64encode(json.dumps({"taskId": task.id, "sourceArn": source_arn}).encode()).decode()


def read_task_handle(handle: str) -> tuple[str, str]:
    """Return the id of a handle's task and the ARN of its source. Raises `ValueError` for an invalid handle."""
    content: Any = json.loads(base64.b64decode(handle.encode(), validate=True))
    if not isinstance(content, dict) or "taskId" not in content or "sourceArn" not in content:
        raise ValueError("no task handle")
    return str(content["taskId"]), str(content["sourceArn"])
