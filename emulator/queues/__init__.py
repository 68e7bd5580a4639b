"""SQS: the emulator's operations on queues, and the queue servers behind them."""

from emulator.queues.protocol import (
    POLL_S,
    Depth,
    DescribedQueues,
    Message,
    PolledQueues,
    QueueError,
    QueueMissingError,
    QueueRefusedError,
    Queues,
    SendableQueues,
)

__all__ = [
    "POLL_S",
    "Depth",
    "DescribedQueues",
    "Message",
    "PolledQueues",
    "QueueError",
    "QueueMissingError",
    "QueueRefusedError",
    "Queues",
    "SendableQueues",
]
