"""StartMessageMoveTask, CancelMessageMoveTask and ListMessageMoveTasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.aws.limits import MOVE_TASKS_KEPT, MOVES_PER_SECOND
from emulator.queues.embedded.errors import INVALID_PARAMETER_VALUE, SqsError, invalid_value
from emulator.queues.embedded.message_queue import MessageQueue
from emulator.queues.embedded.move_tasks import (
    CANCELLED,
    RUNNING,
    MoveTask,
    MoveTasks,
    handle_of_task,
    read_task_handle,
)
from emulator.queues.embedded.queue_account import QueueAccount

Parameters = Mapping[str, Any]

_RUNNING_ALREADY = (
    "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
)


@dataclass(frozen=True, slots=True)
class MoveOperations:
    """The operations, named as in botocore's model. Each takes its parameters and the current time."""

    account: QueueAccount
    tasks: MoveTasks

    def StartMessageMoveTask(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Start a task that moves the visible messages of a dead-letter queue."""
        source = self._queue("SourceArn", parameters["SourceArn"])
        destination = parameters.get("DestinationArn") or ""
        target = self._queue("DestinationArn", destination) if destination else None
        rate = parameters.get("MaxNumberOfMessagesPerSecond")
        if rate is not None and not MOVES_PER_SECOND.low <= rate <= MOVES_PER_SECOND.high:
            both = f"Must be between {MOVES_PER_SECOND.low} and {MOVES_PER_SECOND.high}, if provided."
            raise invalid_value("MaxNumberOfMessagesPerSecond", rate, both)
        if not any(self.account.sources_of(source)):
            raise SqsError(INVALID_PARAMETER_VALUE, "Source queue must be configured as a Dead Letter Queue.")
        if target and (target is source or target.fifo != source.fifo):
            raise invalid_value("DestinationArn", destination, "Another queue of the source's type is needed.")
        self.tasks.advance(now)
        if any(self.tasks.running(source.name)):
            raise SqsError(INVALID_PARAMETER_VALUE, _RUNNING_ALREADY)
        task = MoveTask(
            self.account.new_id(),
            source.name,
            destination=target.name if target else "",
            rate=rate or 0,
            started_at=now,
            to_move=source.counts(now).visible,
            resumed_at=now,
        )
        self.tasks.start(task)
        return {"TaskHandle": handle_of_task(task, self.account.arn(source))}

    def CancelMessageMoveTask(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Stop a task. Messages that it has moved already are not moved back."""
        try:
            task_id, arn = read_task_handle(parameters["TaskHandle"])
        except ValueError:
            raise SqsError(INVALID_PARAMETER_VALUE, "Value for parameter TaskHandle is invalid.") from None
        source = self._queue("SourceArn", arn)
        self.tasks.advance(now)
        for task in self.tasks.running(source.name):
            if task.id == task_id:
                task.status = CANCELLED
                self.tasks.note(task)
                return {"ApproximateNumberOfMessagesMoved": task.moved}
        raise SqsError("ResourceNotFoundException", "Task does not exist.")

    def ListMessageMoveTasks(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Return the latest tasks of a source; only one unless the caller asks for more."""
        source = self._queue("SourceArn", parameters["SourceArn"])
        most = parameters.get("MaxResults", 1)
        if not 1 <= most <= MOVE_TASKS_KEPT:
            raise invalid_value("MaxResults", most, f"Must be between 1 and {MOVE_TASKS_KEPT}, if provided.")
        self.tasks.advance(now)
        tasks = self.tasks.by_source.get(source.name, [])[:most]
        return {"Results": [self._describe(task) for task in tasks]}

    def _describe(self, task: MoveTask) -> dict[str, Any]:
        arn = self.account.arns.queue
        described = {
            "TaskHandle": handle_of_task(task, arn(task.source)) if task.status == RUNNING else "",
            "Status": task.status,
            "SourceArn": arn(task.source),
            "DestinationArn": arn(task.destination) if task.destination else "",
            "MaxNumberOfMessagesPerSecond": task.rate,
            "FailureReason": task.failure,
        }
        return {
            **{name: value for name, value in described.items() if value},
            "ApproximateNumberOfMessagesMoved": task.moved,
            "ApproximateNumberOfMessagesToMove": task.to_move,
            "StartedTimestamp": int(task.started_at * 1000),
        }

    def _queue(self, parameter: str, arn: str) -> MessageQueue:
        queue = self.account.by_arn(arn)
        if queue is None:
            problem = f"The resource that you specified for the {parameter} parameter doesn't exist."
            raise SqsError("ResourceNotFoundException", problem)
        return queue
