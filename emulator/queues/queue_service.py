"""The emulator's queues: one interface for the emulator itself, and one for the SQS calls of programs."""

import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aiohttp import web

from emulator.aws.arns import Arns
from emulator.events import Emit
from emulator.queues.embedded.in_process import InProcessSqs
from emulator.queues.embedded.opening import open_queues
from emulator.queues.embedded.service import EmbeddedSqs
from emulator.queues.forward import forwarding
from emulator.queues.protocol import Queues
from emulator.queues.sqs_json import Server
from emulator.queues.template_queues import connect, template_queues
from emulator.resources import Queue

READY_S = 60.0


class SqsCalls(Protocol):
    """Answers SQS calls: from the queues in this process, or by forwarding them to a queue server."""

    async def __call__(self, request: web.Request, body: bytes, *, public: str = "") -> web.Response:
        """Answer one call. Queue URLs begin with `public`, or with the address the caller used."""
        ...


@dataclass(frozen=True, slots=True)
class QueueService:
    """All queues of one account."""

    queues: Queues
    calls: Callable[[], SqsCalls]  #: returns what answers programs; always the same
    embedded: EmbeddedSqs | None = None  #: the queues themselves; None if another server has them


@contextlib.asynccontextmanager
async def remote_service(
    server: Server, account_id: str, queues: Mapping[str, Queue], *, emit: Emit | None = None
) -> AsyncIterator[QueueService]:
    """Yield the queues of a server, once it answers; `queues` are the template's by name, as they are now.

    `emit` is called with the messages that programs and functions send.
    """
    async with forwarding(server, account_id, emit) as calls, connect(server, queues) as found:
        await found.wait_until_ready(READY_S)
        yield QueueService(found, lambda: calls)


@contextlib.asynccontextmanager
async def embedded_service(
    file: Path | None,
    arns: Arns,
    queues: Mapping[str, Queue],
    *,
    wait_for_disk: bool = False,
    emit: Emit | None = None,
) -> AsyncIterator[QueueService]:
    """Yield queues in this process, kept in a file or, without one, in memory; `queues` are the template's by name."""
    async with (
        open_queues(file, arns, wait_for_disk=wait_for_disk) as sqs,
        template_queues(InProcessSqs(sqs), "this process", queues) as found,
    ):
        yield QueueService(found, functools.cache(lambda: _answers(sqs, emit)), sqs)


def _answers(sqs: EmbeddedSqs, emit: Emit | None) -> SqsCalls:
    """Return what answers calls from the queues in this process, by botocore's model of SQS."""
    from emulator.queues.wire.answering import EmbeddedAnswers  # noqa: PLC0415  # botocore takes long to import, and
    from emulator.queues.wire.sqs_operations import load_sqs_operations  # noqa: PLC0415  # environments start meanwhile

    return EmbeddedAnswers(sqs, load_sqs_operations(), emit)
