"""The embedded queues in memory, behind their two protocols."""

import contextlib
from collections.abc import AsyncIterator

from emulator.aws.arns import Arns
from emulator.queues.embedded.opening import open_queues
from emulator.queues.queue_service import SqsCalls
from emulator.queues.wire.answering import EmbeddedAnswers
from emulator.queues.wire.sqs_operations import load_sqs_operations


@contextlib.asynccontextmanager
async def embedded_calls() -> AsyncIterator[SqsCalls]:
    async with open_queues(None, Arns()) as sqs:
        yield EmbeddedAnswers(sqs, load_sqs_operations())
