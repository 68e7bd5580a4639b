"""SQS: what the emulator does with queues, and the servers that have them."""

from emulator.queues.protocol import (
    POLL_S,
    Depth,
    Message,
    QueueError,
    QueueMissingError,
    QueueRefusedError,
    Queues,
)

__all__ = ["POLL_S", "Depth", "Message", "QueueError", "QueueMissingError", "QueueRefusedError", "Queues"]
