"""Lets the emulator's own parts call the embedded queues without HTTP."""

from dataclasses import dataclass
from typing import Any

from emulator.queues.embedded.errors import SqsError
from emulator.queues.embedded.service import EmbeddedSqs
from emulator.queues.protocol import QueueError, QueueMissingError, QueueRefusedError


@dataclass(frozen=True, slots=True)
class InProcessSqs:
    """Makes single calls, with the interface and the errors of `SqsJson`."""

    sqs: EmbeddedSqs

    async def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Return an operation's result. Raises `QueueError`, which names the operation."""
        try:
            return await self.sqs.call(operation, arguments)
        except SqsError as error:
            raise _queue_error(operation, error) from error


def _queue_error(operation: str, error: SqsError) -> QueueError:
    kind = QueueError
    if error.code == "QueueDoesNotExist":
        kind = QueueMissingError
    elif error.sender_fault:
        kind = QueueRefusedError
    return kind(f"{operation}: {error.code}: {error.message}")
