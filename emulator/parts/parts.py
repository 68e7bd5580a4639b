"""Makes the parts of an emulator, and connects them."""

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.aws.arns import Arns
from emulator.debugging.debuggers import Debuggers
from emulator.environments.pools import Pools
from emulator.environments.preparations import Preparations
from emulator.event_invocations.event_invocations import EventInvocations
from emulator.event_source.batching import Source
from emulator.event_source.mapping import Poller
from emulator.event_source.pollers import Pollers
from emulator.events import Emit, Event, MessageSent
from emulator.function_url.page_access import PageAccess
from emulator.function_url.ports import UrlPorts
from emulator.function_url.server import BODY_BYTES as EVENT_BYTES
from emulator.function_url.server import UrlServer
from emulator.function_url.signature import KeyPair
from emulator.function_url.throttle import RequestRates
from emulator.function_url.url_calls import UrlCalls
from emulator.journal.journal import Journal, keep
from emulator.journal.observer import Observer
from emulator.listening import Port
from emulator.parts.announcement import address_of
from emulator.parts.foundation import Foundation
from emulator.parts.pool_parts import begin_launches, make_pools, open_containers
from emulator.parts.queue_parts import open_events, open_queues
from emulator.payloads.payload_keeper import PayloadKeeper, keep_payloads
from emulator.project.code_snapshots import CodeSnapshots
from emulator.project.code_store import CodeStore, code_store
from emulator.project.launch import Launch
from emulator.queues import Queues
from emulator.queues.queue_service import QueueService
from emulator.resources import EventSourceMapping, Queue
from emulator.resources.function_details import ALLOWED

if TYPE_CHECKING:
    from emulator.containers.container_runner import ContainerRunner


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that are used when an emulator starts and stops."""

    queues: QueueService
    observer: Observer
    keeper: PayloadKeeper | None  #: None if no payloads are kept
    pools: Pools
    launches: Preparations[Launch | None] | None  #: how local processes are started; None without them
    pollers: Pollers
    events: EventInvocations
    urls: UrlPorts
    debuggers: Debuggers
    code: CodeStore  #: of functions that the API makes, and of published versions
    containers: "ContainerRunner | None" = None  #: starts containers as environments

    @property
    def preparations(self) -> Preparations[Any] | None:
        """What prepares the functions; None if nothing has to be prepared."""
        return self.containers.images if self.containers else self.launches

    @property
    def snapshots(self) -> CodeSnapshots:
        """What keeps the code of published versions."""
        return CodeSnapshots(self.code, self.launches, self.containers.images if self.containers else None)

    async def drain(self) -> None:
        """Wait until everything in flight has ended."""
        await self.pollers.drain()
        await self.events.drain()
        await self.pools.drain()
        await self.observer.output.drain()


async def make_parts(base: Foundation, exits: contextlib.AsyncExitStack) -> Parts:
    """Make and connect all parts. Only the queues and the journal work before the start."""
    settings, stack = base.settings, base.stack
    keeper = (
        await exits.enter_async_context(keep_payloads(settings.console.payloads)) if settings.console.pages else None
    )
    journal = await exits.enter_async_context(keep(settings.journal.file, off=settings.journal.off))
    observer = Observer(journal, Arns(settings.region, settings.account_id).function)
    service = await exits.enter_async_context(open_queues(settings, stack, _of_messages(journal, keeper)))
    code = exits.enter_context(code_store(settings.code))
    launches, containers = begin_launches(base, exits), await open_containers(base, exits)
    debuggers = Debuggers(settings.debug, observer)
    pools = make_pools(base, _all_of(observer, keeper), exits, launches=launches, containers=containers)
    pools.heed(debuggers.state)
    pollers = Pollers(stack, lambda mapping: _poller(base, mapping, service.queues, pools, observer))
    events = await exits.enter_async_context(open_events(settings, stack, pools, service.queues))
    urls = _url_ports(base, pools, observer)
    exits.push_async_callback(urls.close)
    return Parts(service, observer, keeper, pools, launches, pollers, events, urls, debuggers, code, containers)


def _of_messages(journal: Journal, keeper: PayloadKeeper | None) -> Emit | None:
    """Return the receivers of sent messages: the console's pages, and what keeps payloads for them."""
    if keeper is None:
        return None

    def emit(event: Event) -> None:
        keeper(event)
        if isinstance(event, MessageSent):
            journal.announce(event)

    return emit


def _all_of(observer: Observer, keeper: PayloadKeeper | None) -> Emit:
    """Return what the pools emit their events to."""
    if keeper is None:
        return observer

    def emit(event: Event) -> None:
        keeper(event)
        observer(event)

    return emit


def _poller(base: Foundation, mapping: EventSourceMapping, queues: Queues, pools: Pools, observer: Observer) -> Poller:
    arn = Arns(base.settings.region, base.settings.account_id).queue(mapping.queue)
    unseen = Queue("", mapping.queue, {})  # the poller reads the queue's attributes before it polls
    function = base.stack.callable.get(base.stack.versions.executed(mapping.target))
    timeout_s = function.timeout_s if function else 0
    source = Source(arn, base.settings.region, unseen.visibility_timeout_s, timeout_s)
    debugger = pools.debugger(mapping.function)

    def may_loop() -> bool:
        current = base.stack.functions.get(mapping.function)
        return current is not None and current.details.recursive_loop == ALLOWED

    return Poller(
        mapping, source, queues, pools, emit=observer, faults=base.faults, debugger=debugger, may_loop=may_loop
    )


def _url_ports(base: Foundation, pools: Pools, observer: Observer) -> UrlPorts:
    settings, urls = base.settings, base.stack.urls
    keys = KeyPair(settings.access_key_id, settings.secret_access_key)
    rates, gate = RequestRates(base.stack.functions), base.edge.gate(EVENT_BYTES, navigable=True)
    pages = PageAccess(settings.access.hosts, settings.access.any_origin)

    aliases = base.stack.versions.aliases
    calls = UrlCalls(pools, settings.region, settings.account_id, keys, rates, aliases)

    def server(url_id: str) -> UrlServer:
        return UrlServer(url_id, urls, calls, gate, pages, observer)

    return UrlPorts(
        urls, server, lambda position: _url_port(base, position), lambda position: address_of(settings, position)
    )


def _url_port(base: Foundation, position: int) -> Port:
    return Port(base.settings.host, base.settings.ports.function_url(position), "--url-port")
