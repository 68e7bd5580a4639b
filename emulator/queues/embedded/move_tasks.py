"""Message move tasks: dead letters go back to where they came from, or to another queue, at a rate."""

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
AT_ONCE = 100  #: messages that a task without a rate moves before others have their turn


@dataclass(slots=True)
class MoveTask:
    """A task and how far it is."""

    id: str
    source: str  #: name of the queue whose messages are moved
    destination: str  #: name of the queue that they go to; empty: each to its own source
    rate: int  #: messages a second; 0: as fast as may be
    started_at: float
    to_move: int
    moved: int = 0
    status: str = RUNNING
    failure: str = ""
    resumed_at: float = 0.0  #: since when it runs, without a stop of the emulator
    resumed_with: int = 0  #: messages that were moved by then

    @property
    def due_at(self) -> float:
        """When its next message is to be moved."""
        if not self.rate:
            return self.resumed_at
        return self.resumed_at + (self.moved - self.resumed_with + 1) / self.rate

    def due(self, now: float) -> int:
        """Return how many messages may be moved now."""
        left = self.to_move - self.moved
        if not self.rate:
            return min(left, AT_ONCE)
        by_now = int((now - self.resumed_at) * self.rate + 1e-6)
        return min(left, by_now - (self.moved - self.resumed_with))

    def resume(self, now: float) -> None:
        """Go on after a stop: the time of the stop does not count."""
        self.resumed_at, self.resumed_with = now, self.moved


@dataclass(slots=True)
class MoveTasks:
    """The tasks of all queues, the latest ten of each."""

    account: QueueAccount
    by_source: dict[str, list[MoveTask]] = field(default_factory=dict)  #: the latest first

    def running(self, source: str | None = None) -> Iterator[MoveTask]:
        """Yield the tasks that run, of one source or of all."""
        sources = self.by_source if source is None else (source,)
        for name in sources:
            yield from (task for task in self.by_source.get(name, ()) if task.status == RUNNING)

    def start(self, task: MoveTask) -> None:
        """Let a task run, and forget the oldest of its source."""
        tasks = self.by_source.setdefault(task.source, [])
        tasks.insert(0, task)
        for old in tasks[MOVE_TASKS_KEPT:]:
            self.account.changes.tasks[old.id] = None
        del tasks[MOVE_TASKS_KEPT:]
        self.note(task)

    def note(self, task: MoveTask) -> None:
        """Note that a task is to be stored."""
        self.account.changes.tasks[task.id] = asdict(task)

    def forget(self, source: str) -> None:
        """Forget the tasks of a queue that is gone."""
        for task in self.by_source.pop(source, ()):
            self.account.changes.tasks[task.id] = None

    def next_at(self) -> float | None:
        """Return when a message is to be moved next."""
        return min((task.due_at for task in self.running()), default=None)

    def advance(self, now: float) -> None:
        """Move what is due."""
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
    """Return the handle by which a task is cancelled."""
    return base64.b64encode(json.dumps({"taskId": task.id, "sourceArn": source_arn}).encode()).decode()


def read_task_handle(handle: str) -> tuple[str, str]:
    """Return the task's id and its source's ARN; `ValueError` when a text is no handle."""
    content: Any = json.loads(base64.b64decode(handle.encode(), validate=True))
    if not isinstance(content, dict) or "taskId" not in content or "sourceArn" not in content:
        raise ValueError("no task handle")
    return str(content["taskId"]), str(content["sourceArn"])
