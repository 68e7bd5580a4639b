"""The queues that an emulator works with, as it uses them itself and as programs call them."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from emulator.queues.forward import forwarding
from emulator.queues.of_template import connect
from emulator.queues.protocol import Queues
from emulator.queues.sqs_json import Server
from emulator.resources import Queue

READY_S = 60.0


class SqsCalls(Protocol):
    """Answers calls of SQS: from the queues in this process, or from a queue server to which it passes them on."""

    async def __call__(self, request: web.Request, body: bytes, *, public: str = "") -> web.Response:
        """Answer one call; queue URLs in the answer begin with `public`, or as the caller called us."""
        ...


@dataclass(frozen=True, slots=True)
class QueueService:
    """All queues of one account."""

    queues: Queues
    calls: SqsCalls


@contextlib.asynccontextmanager
async def remote_service(server: Server, account_id: str, queues: Mapping[str, Queue]) -> AsyncIterator[QueueService]:
    """Yield the queues of a server, once it answers; `queues` are the template's by name, as they are now."""
    async with forwarding(server, account_id) as calls, connect(server, queues) as found:
        await found.wait_until_ready(READY_S)
        yield QueueService(found, calls)
