"""Creates the template's queues on a server: at the start, and again when they are missing."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping

from emulator.queues.attributes import differing
from emulator.queues.protocol import QueueError, QueueMissingError
from emulator.queues.remote import RemoteQueues, Sqs
from emulator.queues.sqs_json import Server, SqsJson, connection
from emulator.resources import Queue
from emulator.resources.queue import REDRIVE

log = logging.getLogger(__name__)

DEAD_LETTERS_PAUSE_S = 1.0  #: the pause between checks for a dead-letter queue that a program has to create


@contextlib.asynccontextmanager
async def connect(server: Server, queues: Mapping[str, Queue]) -> AsyncIterator["TemplateQueues"]:
    """Yield a server's queues; `queues` are the template's by name, as they are now. Nothing is created yet."""
    async with connection() as http, template_queues(SqsJson(http, server), server.endpoint, queues) as found:
        yield found


@contextlib.asynccontextmanager
async def template_queues(sqs: Sqs, where: str, queues: Mapping[str, Queue]) -> AsyncIterator["TemplateQueues"]:
    """Yield the queues that `sqs` calls; `where` says where they are."""
    found = TemplateQueues(sqs, where, queues)
    waiting = asyncio.ensure_future(found.await_dead_letters())
    try:
        yield found
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


class TemplateQueues(RemoteQueues):
    """A server's queues. Some are the template's; only programs create and delete all others."""

    def __init__(self, sqs: Sqs, endpoint: str, queues: Mapping[str, Queue]) -> None:
        super().__init__(sqs, endpoint)
        self._template = queues
        self._creating = asyncio.Lock()
        self._without_dead_letters: set[str] = set()  #: names of queues whose dead-letter queue does not exist yet

    def is_of_template(self, name: str) -> bool:
        """Return whether the template describes a queue."""
        return name in self._template

    async def create(self) -> None:
        """Create the missing queues and set the attributes that differ; a second call changes nothing."""
        async with self._creating:
            for queue in self._in_order():
                if not await self._create_missing(queue):
                    await self._reconcile(queue)

    async def recreate(self) -> None:
        """Create the missing queues; existing queues keep the attributes that programs have set."""
        async with self._creating:
            for queue in self._in_order():
                await self._create_missing(queue)

    async def await_dead_letters(self) -> None:
        """Set a queue's redrive policy as soon as its dead-letter queue exists; runs until cancelled."""
        while True:
            await asyncio.sleep(DEAD_LETTERS_PAUSE_S)
            self._without_dead_letters &= set(self._template)
            for name in sorted(self._without_dead_letters):
                with contextlib.suppress(QueueError):
                    await self._set_redrive(self._template[name])
                    self._without_dead_letters.discard(name)

    def _in_order(self) -> list[Queue]:
        """Return the template's queues, dead-letter queues first: a redrive policy needs its target."""
        queues = list(self._template.values())
        targets = {queue.redrive_policy.dead_letter_queue for queue in queues if queue.redrive_policy}
        return sorted(queues, key=lambda queue: queue.name not in targets)

    async def _create_missing(self, queue: Queue) -> bool:
        """Create a queue of the template if it is missing; return whether it was missing."""
        self._urls.pop(queue.name, None)
        try:
            await self._url(queue.name)
        except QueueMissingError:
            attributes = await self._attributes(queue)
            answer = await self._sqs.call("CreateQueue", QueueName=queue.name, Attributes=attributes)
            self._urls[queue.name] = answer["QueueUrl"]
            return True
        return False

    async def _reconcile(self, queue: Queue) -> None:
        wanted = await self._attributes(queue)
        have = (await self._call("GetQueueAttributes", queue.name, AttributeNames=["All"])).get("Attributes", {})
        if changed := differing(have, wanted):
            log.info("%s: set %s", queue.name, ", ".join(changed))
            await self._call("SetQueueAttributes", queue.name, Attributes=changed)

    async def _attributes(self, queue: Queue) -> dict[str, str]:
        """Return the attributes that can be set now: SQS refuses a redrive policy if its target does not exist."""
        policy = queue.redrive_policy
        if policy is None:
            return queue.as_attributes()
        try:
            return queue.as_attributes(await self._arn(policy.dead_letter_queue))
        except QueueMissingError:
            if queue.name not in self._without_dead_letters:
                warning = (
                    "%s: its dead-letter queue %s does not exist, and messages that fail come back again; create %s"
                )
                log.warning(warning, queue.name, policy.dead_letter_queue, policy.dead_letter_queue)
            self._without_dead_letters.add(queue.name)
        return queue.as_attributes()

    async def _set_redrive(self, queue: Queue) -> None:
        policy = queue.redrive_policy
        if policy is not None:
            value = policy.as_attribute(await self._arn(policy.dead_letter_queue))
            await self._call("SetQueueAttributes", queue.name, Attributes={REDRIVE: value})
            log.info("%s: its dead-letter queue %s exists now, and is used", queue.name, policy.dead_letter_queue)
