"""Emulators in this process: no server, and no process but for functions that a test wants to have as processes."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from emulator.app import Emulator, StandIns
from emulator.aws.arns import Arns
from emulator.environments.scripted_functions import ScriptedFunction
from emulator.free_ports import free_ports
from emulator.queues import QueueError, QueueMissingError, QueueRefusedError
from emulator.queues.embedded.errors import SqsError
from emulator.queues.embedded.opening import open_queues
from emulator.queues.embedded.service import EmbeddedSqs
from emulator.queues.of_template import TemplateQueues
from emulator.queues.queue_service import QueueService
from emulator.queues.wire.answering import EmbeddedAnswers
from emulator.queues.wire.sqs_operations import load_sqs_operations
from emulator.resources import Queue, Resources
from emulator.settings import Settings


@dataclass(frozen=True)
class InProcessSqs:
    """Single calls to the embedded queues, with the errors that the emulator's parts know."""

    sqs: EmbeddedSqs

    async def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return await self.sqs.call(operation, arguments)
        except SqsError as error:
            kind = QueueRefusedError if error.sender_fault else QueueError
            kind = QueueMissingError if error.code == "QueueDoesNotExist" else kind
            raise kind(f"{operation}: {error.code}: {error.message}") from error


@contextlib.asynccontextmanager
async def queues_in_memory(template: Mapping[str, Queue]) -> AsyncIterator[QueueService]:
    async with open_queues(None, Arns()) as sqs:
        found = TemplateQueues(InProcessSqs(sqs), "in memory", template)
        yield QueueService(found, EmbeddedAnswers(sqs, load_sqs_operations()))


def emulator_of(
    resources: Resources, scripts: Mapping[str, ScriptedFunction], settings: Settings | None = None
) -> Emulator:
    """Return an emulator of these resources, whose functions are callables."""
    ports = free_ports()
    return Emulator(
        settings or replace(Settings(Path("none")), ports=ports),
        resources,
        stand_ins=StandIns(scripts, queues_in_memory),
    )
