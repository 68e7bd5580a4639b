"""Opens the queues and the storage of accepted Event invocations, at the place that the settings name."""

import contextlib
from collections.abc import AsyncIterator

from emulator.aws.arns import Arns
from emulator.event_invocations.event_invocations import EventInvocations
from emulator.event_invocations.events_place import EventsPlace, open_event_invocations
from emulator.event_invocations.function_events import EventRules
from emulator.event_invocations.next_step import Waits
from emulator.events import Emit
from emulator.invocation import BatchInvoker
from emulator.queues import Queues
from emulator.queues.queue_service import QueueService, embedded_service, remote_service
from emulator.queues.sqs_json import Server
from emulator.settings import POWER_LOSS, Settings
from emulator.stack.stack import Stack


@contextlib.asynccontextmanager
async def open_queues(settings: Settings, stack: Stack, emit: Emit | None) -> AsyncIterator[QueueService]:
    """Yield the queues on the server that the settings name, or the queues in this process."""
    if settings.sqs_endpoint:
        server = Server(settings.sqs_endpoint, settings.region)
        async with remote_service(server, settings.account_id, stack.queues, emit=emit) as service:
            yield service
    else:
        file, arns, wait = settings.queues.file, _arns(settings), settings.queues_survive == POWER_LOSS
        async with embedded_service(file, arns, stack.queues, wait_for_disk=wait, emit=emit) as service:
            yield service


def open_events(
    settings: Settings, stack: Stack, invoker: BatchInvoker, queues: Queues
) -> contextlib.AbstractAsyncContextManager[EventInvocations]:
    """Open the part that makes Event invocations. Accepted events are kept beside the emulator's own queues."""
    waits = Waits(settings.event_retry_delays_s)
    rules = EventRules(stack.functions, stack.event_invokes, _arns(settings), waits)
    place = EventsPlace(settings.queues.file, wait_for_disk=settings.queues_survive == POWER_LOSS)
    return open_event_invocations(place, invoker, queues, rules)


def _arns(settings: Settings) -> Arns:
    return Arns(settings.region, settings.account_id)
