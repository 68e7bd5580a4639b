"""SQS: the emulator's operations on queues, and the queue servers behind them."""

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
